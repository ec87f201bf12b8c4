"""Resuming a run that a pause step holds."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from squid_mesh import conf
from squid_mesh.actions import Action
from squid_mesh.definitions.blueprint import OK
from squid_mesh.engine.actor import Actor, event_by
from squid_mesh.engine.operate import permission
from squid_mesh.engine.operate.approvals.held_steps import find_held_step
from squid_mesh.engine.operate.locked_run import lock_run_and_steps
from squid_mesh.engine.operate.steps.ending import end_step
from squid_mesh.lifecycle import EventType, StepStatus
from squid_mesh.store.events import append_events


def unblock_run(run_id: UUID, *, step: str | None, visit: int | None, actor: Actor, reason: str) -> None:
    """Complete the pause.

    Raises:
        RunNotFound, StepNotFound
        AlreadyDecided: the run was resumed before.
        IllegalAction: the run isn't at a pause.
        InvalidArgument: it is at several pauses, and none is named.
        NotPermitted: the pause names other people.
    """
    using = conf.database()
    with transaction.atomic(using=using):
        locked = lock_run_and_steps(run_id, using)
        row, request = find_held_step(locked, Action.UNBLOCK, step, visit)
        permission.check_action(Action.UNBLOCK, actor, request=request)
        data = {"visit": row.visit}
        append_events(
            run_id, [event_by(actor, EventType.RESUMED, step=row.name, comment=reason, data=data)], using
        )
        end_step(locked, row, StepStatus.COMPLETED, OK)
