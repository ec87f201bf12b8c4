"""The door to the runtime: start, steer and inspect runs. Every function has an async twin, ``a…``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db.models import Model
from pydantic import BaseModel

from squid_mesh.definitions.workflow import Workflow
from squid_mesh.engine import operate, start, triggers
from squid_mesh.engine.actor import Actor
from squid_mesh.exceptions import InvalidArgument
from squid_mesh.inspection import listing, queries, scheduled
from squid_mesh.inspection.snapshots import (
    AttemptSnapshot,
    EventSnapshot,
    Page,
    RunSnapshot,
    RunSummary,
    StepSnapshot,
    TriggerSnapshot,
)

__all__ = [
    "AttemptSnapshot",
    "EventSnapshot",
    "Page",
    "RunSnapshot",
    "RunSummary",
    "StepSnapshot",
    "TriggerSnapshot",
    "acancel_run",
    "achange_trigger",
    "ainspect_run",
    "alist_runs",
    "alist_triggers",
    "arefresh_triggers",
    "areplay_run",
    "astart_run",
    "cancel_run",
    "change_trigger",
    "inspect_run",
    "list_runs",
    "list_triggers",
    "refresh_triggers",
    "replay_run",
    "start_run",
]


def start_run(
    workflow: type[Workflow] | str,
    payload: Mapping[str, Any] | BaseModel | None = None,
    *,
    trigger: str | None = None,
    idempotency_key: str | None = None,
    subject: Model | None = None,
    start_at: datetime | None = None,
    actor: Actor = None,
) -> RunSummary:
    """Start a run when the present transaction commits, and never otherwise.

    ``trigger`` may be left out where the workflow has one. ``idempotency_key`` is unique per workflow: a
    second start with the same key, trigger and payload gives the first one's run. ``subject`` is a saved
    object of the host's that the run is about. With ``start_at``, an aware datetime, the run is ``pending``
    until then; a moment that has passed means at once.

    Raises:
        NotFound: no such workflow or trigger.
        DefinitionError: the workflow has problems.
        PayloadError: the payload doesn't fit the trigger; nothing is written.
        IdempotencyConflict: the key belongs to a run with another trigger or payload.
        InvalidArgument: the key is empty or too long, the subject isn't saved, or ``start_at`` is naive.
    """
    started = start.start(
        workflow,
        payload,
        trigger=trigger,
        idempotency_key=idempotency_key,
        subject=subject,
        start_at=start_at,
        actor=actor,
    )
    return queries.summary(started) if isinstance(started, UUID) else queries.fresh(*started)


def inspect_run(run_id: UUID | str, *, history: bool = False) -> RunSnapshot:
    """All about a run: payload, state and every step; with ``history`` its attempts and audit events too.

    Secrets are masked. Raises RunNotFound, or InvalidArgument where the id is no UUID.
    """
    return queries.snapshot(_run_id(run_id), history=history)


def list_runs(
    *,
    workflow: type[Workflow] | str | None = None,
    status: str | None = None,
    trigger: str | None = None,
    subject: Model | None = None,
    search: str = "",
    limit: int = 50,
    after: str | None = None,
) -> Page:
    """Runs, the newest first. ``search`` finds an id, an idempotency key or a subject's id.

    ``after`` is the ``next`` of the page before. Raises InvalidArgument, WorkflowNotFound.
    """
    return listing.list_runs(
        workflow=workflow,
        status=status,
        trigger=trigger,
        subject=subject,
        search=search,
        limit=limit,
        after=after,
    )


def cancel_run(run_id: UUID | str, *, actor: Actor = None, reason: str = "") -> RunSummary:
    """Cancel a run: at once where no step is executing, else when that step ends.

    Raises RunNotFound, or IllegalAction where the run is over or ending already.
    """
    checked = _run_id(run_id)
    operate.cancel(checked, actor=actor, reason=reason)
    return queries.summary(checked)


def replay_run(
    run_id: UUID | str,
    *,
    payload: Mapping[str, Any] | None = None,
    allow_irreversible: bool = False,
    actor: Actor = None,
    reason: str = "",
) -> RunSummary:
    """Start a new run of the same workflow, linked to this one, with its payload or another.

    Raises RunNotFound; IllegalAction while the run isn't over; IrreversibleSteps where completed irreversible
    steps would be repeated without ``allow_irreversible=True``; PayloadError.
    """
    started = operate.replay(
        _run_id(run_id),
        payload=payload,
        allow_irreversible=allow_irreversible,
        actor=actor,
        reason=reason,
    )
    return queries.fresh(*started)


def list_triggers() -> tuple[TriggerSnapshot, ...]:
    """Every cron trigger: those of the code and those that only have a row, by workflow and name."""
    return scheduled.list_triggers()


def refresh_triggers() -> int:
    """Bring the triggers' rows in step with the code, as a starting cluster does; how many that changed."""
    return triggers.sync()


def change_trigger(
    workflow: type[Workflow] | str,
    name: str,
    *,
    enabled: bool | None = None,
    expression: str | None = None,
    timezone: str | None = None,
    actor: Actor = None,
) -> TriggerSnapshot:
    """Switch a cron trigger, or give it an expression or timezone of its own; ``""`` goes by the code again.

    What is None stays. The next window is then the first after now: those that a disabled trigger let pass
    are not made up.

    Raises:
        TriggerNotFound: it has no row.
        InvalidArgument: the expression or the timezone can't be used.
    """
    label = workflow if isinstance(workflow, str) else workflow.workflow_name
    triggers.change(label, name, enabled=enabled, expression=expression, timezone=timezone, actor=actor)
    return scheduled.trigger(label, name)


def _run_id(value: UUID | str) -> UUID:
    try:
        return value if isinstance(value, UUID) else UUID(str(value))
    except ValueError:
        raise InvalidArgument(f"{value!r} is no run id: it must be a UUID.", argument="run_id") from None


astart_run = sync_to_async(start_run)
ainspect_run = sync_to_async(inspect_run)
alist_runs = sync_to_async(list_runs)
acancel_run = sync_to_async(cancel_run)
areplay_run = sync_to_async(replay_run)
alist_triggers = sync_to_async(list_triggers)
arefresh_triggers = sync_to_async(refresh_triggers)
achange_trigger = sync_to_async(change_trigger)
