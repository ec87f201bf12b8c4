"""What people do to runs: each under the run's lock, legal now or refused, and audited."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from squid_mesh import conf
from squid_mesh.engine import announce
from squid_mesh.engine.actor import Actor, described
from squid_mesh.engine.start import start
from squid_mesh.exceptions import IllegalAction, IrreversibleSteps, RunNotFound
from squid_mesh.lifecycle import ACTIVE_RUN, FINISHED_RUN, RunStatus, StepStatus, move_run
from squid_mesh.models import Run, StepRun
from squid_mesh.store import events, rows
from squid_mesh.store.values import Event, NewRun


def cancel(run_id: UUID, *, actor: Actor = None, reason: str = "") -> RunStatus:
    """Cancel the run at once, or as soon as its step in flight ends; its status now.

    Raises:
        RunNotFound: no run has that id.
        IllegalAction: the run is over or ending already.
    """
    using = conf.database()
    with transaction.atomic(using=using):
        run = _locked(run_id, using)
        before = RunStatus(run.status)
        if before not in ACTIVE_RUN:
            raise _illegal("cancelled", run)
        cancelled = rows.cancel_open(run_id, using)
        in_flight = any(s.status is StepStatus.RUNNING for s in rows.steps_of(run_id, using))
        after = RunStatus.CANCELLING if in_flight else RunStatus.CANCELLED
        rows.set_run(run_id, move_run(before, after), using)
        actor_id, actor_text = described(actor)
        event = Event(type=f"run_{after.value}", actor_id=actor_id, actor_text=actor_text, comment=reason)
        events.append(run_id, [event], using)
        for name, status in cancelled:
            announce.step_moved(run_id, run.workflow, name, status, StepStatus.CANCELLED, using)
        announce.run_moved(run_id, run.workflow, before, after, using)
    return after


def replay(
    run_id: UUID,
    *,
    payload: Mapping[str, Any] | None = None,
    allow_irreversible: bool = False,
    actor: Actor = None,
    reason: str = "",
) -> tuple[NewRun, datetime]:
    """Start a new run of the same workflow and trigger, linked to this one, and when it was created.

    Raises:
        RunNotFound: no run has that id.
        IllegalAction: the run isn't over yet.
        IrreversibleSteps: it completed irreversible steps, or may have, and that isn't allowed.
        PayloadError: the payload doesn't fit the workflow as it is now.
    """
    using = conf.database()
    with transaction.atomic(using=using):
        run = _locked(run_id, using)
        if RunStatus(run.status) not in FINISHED_RUN:
            raise _illegal("replayed", run)
        repeated = _irreversible_done(run, using)
        if repeated and not allow_irreversible:
            raise IrreversibleSteps(
                f"A replay of run {run_id} would repeat what can't be undone: {', '.join(repeated)}.",
                run_id=str(run_id),
                steps=repeated,
            )
        started = start(
            run.workflow,
            run.payload if payload is None else payload,
            trigger=run.trigger,
            actor=actor,
            replay=run,
            reason=reason,
        )
        assert not isinstance(started, UUID)  # noqa: S101 - a replay has no idempotency key
        actor_id, actor_text = described(actor)
        data = {"replay": str(started[0].id), "repeated": repeated}
        event = Event(
            type="run_replayed", actor_id=actor_id, actor_text=actor_text, comment=reason, data=data
        )
        events.append(run_id, [event], using)
    return started


def _irreversible_done(run: Run, using: str) -> list[str]:
    """Irreversible steps that completed, or whose worker was lost while they ran."""
    steps = rows.blueprint(run.definition_id, using).by_name
    reached = StepRun.objects.using(using).filter(run_id=run.pk).order_by("id")
    names = [
        name
        for name, status, crashes in reached.values_list("name", "status", "crashes")
        if steps[name].irreversible and (status == StepStatus.COMPLETED or crashes)
    ]
    return list(dict.fromkeys(names))


def _locked(run_id: UUID, using: str) -> Run:
    try:
        return rows.lock_run(run_id, using)
    except Run.DoesNotExist:
        raise RunNotFound(f"There is no run {run_id}.", run_id=str(run_id)) from None


def _illegal(action: str, run: Run) -> IllegalAction:
    return IllegalAction(
        f"Run {run.pk} can't be {action}: it is {run.status}.", run_id=str(run.pk), status=run.status
    )
