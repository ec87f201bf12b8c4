"""Retrying a step now, in the same visit: after a failure for good, a lost worker, or instead of waiting."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from squid_mesh import conf
from squid_mesh.actions import Action
from squid_mesh.engine import announce
from squid_mesh.engine.actor import Actor, event_by
from squid_mesh.engine.operate import locked_run, permission
from squid_mesh.engine.operate.steps.reopen import follow_up, reopen
from squid_mesh.engine.status import update_run_status
from squid_mesh.lifecycle import EventType, StepStatus, move_step_by_hand
from squid_mesh.store import creation, events, rows


def retry(
    run_id: UUID, step: str, *, visit: int | None, allow_irreversible: bool, actor: Actor, reason: str
) -> None:
    """Make the step ready, its failures and crashes forgotten. A run that failed is reopened.

    Attempts are numbered on, and the idempotency key stays the same.

    Raises:
        NotPermitted, RunNotFound, StepNotFound
        IllegalAction: the step is in another visit, executes, asks people, is over, or its run is ending or
            cancelled.
        IrreversibleSteps: it may have happened, can't be undone, and repeating it isn't allowed.
    """
    permission.check(Action.RETRY, actor)
    permission.check_override(actor, allow_irreversible=allow_irreversible)
    using = conf.database()
    with transaction.atomic(using=using):
        found = locked_run.locked(run_id, using)
        possible, row = found.require_step(Action.RETRY, step, visit)
        data = found.allow(
            possible.irreversible, f"Retrying step {step}", allow_irreversible=allow_irreversible
        )
        found = reopen(found, actor)
        after = move_step_by_hand(row.status, StepStatus.READY)
        if row.status is StepStatus.FAILED:
            rows.begin_anew(row.id, using)
        else:
            rows.try_again(row.id, using)
        told = {"visit": row.visit, "was": row.status.value, "waiting_for": row.waiting_for} | data
        events.append(
            run_id, [event_by(actor, EventType.STEP_RETRIED, step=step, comment=reason, data=told)], using
        )
        announce.step_moved(run_id, found.run.workflow, step, row.status, after, using, visit=row.visit)
        follow_up(found)
        update_run_status(found.run, using)
        creation.ring(using)
