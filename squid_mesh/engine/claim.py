"""Claiming the step that has been due longest, and giving back one that can't be executed here.

If the connection is lost while a claim commits, the worker may hold a step without knowing it; if it is lost
before the step's data is read, the worker can't execute the step. It remembers the claim's token, and gives
the step back once the database answers: it would wait for its lease otherwise, and count as a crash.
"""

from __future__ import annotations

import threading
from typing import Final
from uuid import UUID, uuid4

from django.db import Error, transaction

from squid_mesh import conf
from squid_mesh.engine.announcements import announce_run, announce_step
from squid_mesh.engine.connection_errors import is_connection_error
from squid_mesh.engine.status import update_run_status
from squid_mesh.lifecycle import (
    ENDING_RUN,
    RunStatus,
    StepStatus,
    Unrecognized,
    move_step,
    read_value,
    status_before_claim,
)
from squid_mesh.processes import own
from squid_mesh.store.backend import backend_of
from squid_mesh.store.claims import find_claim, release_step
from squid_mesh.store.runs import lock_run
from squid_mesh.store.values import Claim, Claimed

#: How many tokens there are. A worker's first one is random, so that those which follow are unique, too.
_TOKENS: Final = 2**128


class _Unanswered(threading.local):
    """The tokens of claims that this thread may hold, and whose steps it hasn't executed."""

    def __init__(self) -> None:
        self.tokens: set[UUID] = set()


_unanswered = _Unanswered()


def next_token(claim: Claim) -> UUID:
    """Return the token of the claim that settling this one makes: known even if the answer is lost."""
    return UUID(int=(claim.token.int + 1) % _TOKENS)


def remember_unanswered(token: UUID) -> None:
    """Remember a claim, which was perhaps committed, to give it back."""
    _unanswered.tokens.add(token)


def forget_unanswered(token: UUID) -> None:
    """Forget a claim: the worker knows by now that it holds it, or that it doesn't."""
    _unanswered.tokens.discard(token)


class giving_back_later:  # noqa: N801 - used like a function; a class costs a step less than a generator
    """Remember the claim if the connection is lost in the body, before the step's code runs."""

    __slots__ = ("_token",)

    def __init__(self, token: UUID) -> None:
        self._token = token

    def __enter__(self) -> None:
        """Enter the body."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """Remember the claim if the error is one of the connection."""
        if isinstance(error, Error) and is_connection_error(error):
            remember_unanswered(self._token)


def give_back_unanswered(settings: conf.Settings) -> None:
    """Give back the steps of claims that were committed without an answer, or whose data couldn't be read."""
    for token in tuple(_unanswered.tokens):
        claim = find_claim(token, settings.DATABASE)
        if claim is not None:
            _release(claim, StepStatus.READY, settings)
        _unanswered.tokens.discard(token)


def claim_next(worker: str, settings: conf.Settings) -> Claimed | None:
    """Claim a due step; its run is running then. None if there is none."""
    if _unanswered.tokens:
        give_back_unanswered(settings)
    token = uuid4()
    with giving_back_later(token):
        return _claim(worker, token, settings, None)


def claim_sibling(claim: Claim, settings: conf.Settings) -> Claimed | None:
    """Claim another due step of the claim's run, in the transaction that settles the claim."""
    return _claim(claim.worker, next_token(claim), settings, claim.run_id)


def _claim(worker: str, token: UUID, settings: conf.Settings, run_id: UUID | None) -> Claimed | None:
    using = settings.DATABASE
    own.show_claim(token)
    claimed = backend_of(using).claim_due_step(
        worker=worker, token=token, lease=settings.LEASE_SECONDS, run_id=run_id
    )
    if claimed is None:
        return None
    claim, workflow = claimed.claim, claimed.head.workflow
    announce_run(claim.run_id, workflow, claimed.run_before, RunStatus.RUNNING, using)
    announce_step(
        claim.run_id,
        workflow,
        claim.name,
        claimed.step_before,
        StepStatus.RUNNING,
        using,
        visit=claim.visit,
        attempt=claim.attempt,
    )
    return claimed


def release(claimed: Claimed, settings: conf.Settings) -> None:
    """Give back a step that this process can't execute. It counts no attempt and no crash."""
    _release(claimed.claim, claimed.step_before, settings)


def give_back(claim: Claim, settings: conf.Settings) -> None:
    """Do as :func:`release` with a claim that a settle may have made."""
    _release(claim, status_before_claim(claim.waited_for), settings)


def _release(claim: Claim, before: StepStatus, settings: conf.Settings) -> None:
    using = settings.DATABASE
    with transaction.atomic(using=using):
        run = lock_run(claim.run_id, using)
        status = read_value(RunStatus, run.status)
        if status in ENDING_RUN:  # nothing starts any more
            before = StepStatus.CANCELLED
        move_step(StepStatus.RUNNING, before)
        if isinstance(status, Unrecognized) or not release_step(claim, before, using):
            return
        announce_step(
            claim.run_id,
            run.workflow,
            claim.name,
            StepStatus.RUNNING,
            before,
            using,
            visit=claim.visit,
        )
        update_run_status(run, using)
        backend_of(using).notify_workers()
