"""Replaying a run: a new run of the same workflow, from its start, linked to the old one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from squid_mesh import conf
from squid_mesh.actions import Action
from squid_mesh.engine.actor import Actor, event_by
from squid_mesh.engine.operate import permission
from squid_mesh.engine.operate.locked_run import lock_run_and_steps
from squid_mesh.engine.start import Started, start
from squid_mesh.exceptions import PayloadError, UnreadableRow
from squid_mesh.lifecycle import EventType
from squid_mesh.models import Run
from squid_mesh.models.stored_json import why_unreadable
from squid_mesh.store.events import append_events
from squid_mesh.tools.secrets import MASK

_COPIED: Final = ("payload", "tags", "schedule")


def replay_run(
    run_id: UUID,
    *,
    payload: Mapping[str, Any] | None,
    allow_irreversible: bool,
    idempotency_key: str | None,
    actor: Actor,
    reason: str,
) -> Started:
    """Start the new run and return it; the one that was started before if it has the key.

    Raises:
        NotPermitted, RunNotFound
        IllegalAction: the run isn't finished yet.
        IrreversibleSteps: it completed irreversible steps, or may have, and that isn't allowed.
        UnreadableRow: a value of the run that the new one copies can't be read.
        PayloadError: the payload doesn't fit the workflow's current code, or has masks instead of secrets.
        IdempotencyConflict: the key belongs to a run that is no such replay.
    """
    permission.check_action(Action.REPLAY, actor)
    permission.check_override(actor, allow_irreversible=allow_irreversible)
    using = conf.database()
    with transaction.atomic(using=using):
        locked = lock_run_and_steps(run_id, using)
        run = locked.run
        masked = {path: ["it is masked; enter the secret again"] for path in _find_masks(payload, "")}
        if masked:
            raise PayloadError(run.workflow, run.trigger, masked)
        repeated = locked.require(Action.REPLAY).irreversible
        locked.check_irreversible(repeated, f"Replaying run {run_id}", allow_irreversible=allow_irreversible)
        _check_readable(run, needed=("tags", "schedule") if payload is not None else _COPIED)
        started = start(
            run.workflow,
            run.payload if payload is None else payload,
            trigger=run.trigger,
            idempotency_key=idempotency_key,
            actor=actor,
            replay=run,
            reason=reason,
        )
        if started.existed:
            return started
        data = {"replay": str(started.run_id), "repeated": list(repeated)}
        append_events(run_id, [event_by(actor, EventType.RUN_REPLAYED, comment=reason, data=data)], using)
    return started


def _check_readable(run: Run, *, needed: Sequence[str]) -> None:
    """Raise UnreadableRow if a value that the new run would copy can't be read."""
    for column in needed:
        problem = why_unreadable(getattr(run, column))
        if problem is not None:
            raise UnreadableRow(table=Run._meta.db_table, id=str(run.pk), column=column, problem=problem)


def _find_masks(value: Any, path: str) -> Iterator[str]:
    """Yield where a mask replaces a secret: the payload was copied from what inspection shows."""
    if value == MASK:
        yield path
    elif isinstance(value, Mapping | list | tuple):
        items = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, item in items:
            yield from _find_masks(item, f"{path}.{key}" if path else str(key))
