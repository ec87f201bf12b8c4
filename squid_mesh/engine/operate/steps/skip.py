"""Skipping a step: it is bypassed, as if its guard had said no, and the way goes on."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from squid_mesh import conf
from squid_mesh.actions import Action
from squid_mesh.definitions.blueprint import OK
from squid_mesh.engine.actor import Actor, event_by
from squid_mesh.engine.operate import locked_run, permission
from squid_mesh.engine.operate.steps.end import end
from squid_mesh.engine.operate.steps.reopen import follow_up, reopen
from squid_mesh.lifecycle import EventType, StepStatus
from squid_mesh.store import decisions, events


def skip(run_id: UUID, step: str, *, visit: int | None, actor: Actor, reason: str) -> None:
    """Take the step's ``ok`` edges; it has no output. A run that failed is reopened.

    Raises:
        RunNotFound, StepNotFound
        NotPermitted: the permission is missing, or it is an approval that is not for the run's starter.
        IllegalAction: the step is in another visit, executes, is over, or its run is ending or cancelled.
    """
    permission.check(Action.SKIP, actor)
    using = conf.database()
    with transaction.atomic(using=using):
        found = locked_run.locked(run_id, using)
        _, row = found.require_step(Action.SKIP, step, visit)
        if row.request is not None:
            asked, starter = found.request_of(row), decisions.starter_of(run_id, using)
            permission.check(Action.SKIP, actor, request=asked, starter=starter)
        found = reopen(found, actor)
        data = {"visit": row.visit, "was": row.status.value, "waiting_for": row.waiting_for}
        events.append(
            run_id, [event_by(actor, EventType.STEP_SKIPPED, step=step, comment=reason, data=data)], using
        )
        follow_up(found)
        end(found, row, StepStatus.BYPASSED, OK)
