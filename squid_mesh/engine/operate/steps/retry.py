"""Retrying a step now, in the same visit: after a permanent failure, a dead worker, or instead of waiting."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from squid_mesh import conf
from squid_mesh.actions import Action
from squid_mesh.engine.actor import Actor, event_by
from squid_mesh.engine.announcements import announce_step
from squid_mesh.engine.operate import permission
from squid_mesh.engine.operate.locked_run import lock_run_and_steps
from squid_mesh.engine.operate.steps.reopening import add_missed_steps, reopen_if_finished
from squid_mesh.engine.status import update_run_status
from squid_mesh.lifecycle import EventType, StepStatus, move_step_by_hand
from squid_mesh.store.backend import backend_of
from squid_mesh.store.events import append_events
from squid_mesh.store.steps import make_step_due, reset_step


def retry_step(
    run_id: UUID, step: str, *, visit: int | None, allow_irreversible: bool, actor: Actor, reason: str
) -> None:
    """Make the step ready and reset its counts of failures and crashes. A failed run is reopened.

    Attempt numbers continue, and the idempotency key stays the same.

    Raises:
        NotPermitted, RunNotFound, StepNotFound
        IllegalAction: the step is in another visit, runs, asks people or has ended, or its run is ending or
            cancelled.
        IrreversibleSteps: it is irreversible and may have happened, and repeating it isn't allowed.
    """
    permission.check_action(Action.RETRY, actor)
    permission.check_override(actor, allow_irreversible=allow_irreversible)
    using = conf.database()
    with transaction.atomic(using=using):
        locked = lock_run_and_steps(run_id, using)
        legal, row = locked.require_on_step(Action.RETRY, step, visit)
        overridden = locked.check_irreversible(
            legal.irreversible, f"Retrying step {step}", allow_irreversible=allow_irreversible
        )
        locked = reopen_if_finished(locked, actor)
        after = move_step_by_hand(row.status, StepStatus.READY)
        if row.status is StepStatus.FAILED:
            reset_step(row.id, using)
        else:
            make_step_due(row.id, using)
        data = {
            "visit": row.visit,
            "was": row.status.value,
            "waiting_for": row.waiting_for or "",
        } | overridden
        append_events(
            run_id, [event_by(actor, EventType.STEP_RETRIED, step=step, comment=reason, data=data)], using
        )
        announce_step(run_id, locked.run.workflow, step, row.status, after, using, visit=row.visit)
        add_missed_steps(locked)
        update_run_status(locked.run, using)
        backend_of(using).notify_workers()
