"""Letting a run go on that a pause holds."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from squid_mesh import conf
from squid_mesh.actions import Action
from squid_mesh.definitions.blueprint import OK
from squid_mesh.engine.actor import Actor, event_by
from squid_mesh.engine.operate import locked_run, permission
from squid_mesh.engine.operate.approvals import held
from squid_mesh.engine.operate.steps.end import end
from squid_mesh.lifecycle import EventType, StepStatus
from squid_mesh.store import events


def unblock(run_id: UUID, *, step: str | None, visit: int | None, actor: Actor, reason: str) -> None:
    """Complete the pause.

    Raises:
        RunNotFound, StepNotFound
        AlreadyDecided: somebody did it before.
        IllegalAction: no pause is held.
        InvalidArgument: several are, and none is named.
        NotPermitted: the pause is for others.
    """
    using = conf.database()
    with transaction.atomic(using=using):
        found = locked_run.locked(run_id, using)
        row, request = held.find(found, Action.UNBLOCK, step, visit)
        permission.check(Action.UNBLOCK, actor, request=request)
        told = event_by(actor, EventType.RESUMED, step=row.name, comment=reason, data={"visit": row.visit})
        events.append(run_id, [told], using)
        end(found, row, StepStatus.COMPLETED, OK)
