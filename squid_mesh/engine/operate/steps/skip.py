"""Skipping a step: it is bypassed, as if its guard were false, and the run continues."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from squid_mesh import conf
from squid_mesh.actions import Action
from squid_mesh.definitions.blueprint import OK
from squid_mesh.engine.actor import Actor, event_by
from squid_mesh.engine.operate import permission
from squid_mesh.engine.operate.locked_run import lock_run_and_steps
from squid_mesh.engine.operate.steps.ending import end_step
from squid_mesh.engine.operate.steps.reopening import add_missed_steps, reopen_if_finished
from squid_mesh.lifecycle import EventType, StepStatus
from squid_mesh.store.events import append_events, read_starter_key


def skip_step(run_id: UUID, step: str, *, visit: int | None, actor: Actor, reason: str) -> None:
    """Take the step's ``ok`` edges; it has no output. A failed run is reopened.

    Raises:
        RunNotFound, StepNotFound
        NotPermitted: the permission is missing, or the run's starter may not decide this approval.
        IllegalAction: the step is in another visit, runs or has ended, or its run is ending or cancelled.
    """
    permission.check_action(Action.SKIP, actor)
    using = conf.database()
    with transaction.atomic(using=using):
        locked = lock_run_and_steps(run_id, using)
        _, row = locked.require_on_step(Action.SKIP, step, visit)
        if row.request is not None:
            request, starter = locked.request_of(row), read_starter_key(run_id, using)
            permission.check_action(Action.SKIP, actor, request=request, starter=starter)
        locked = reopen_if_finished(locked, actor)
        data = {"visit": row.visit, "was": row.status.value, "waiting_for": row.waiting_for or ""}
        append_events(
            run_id, [event_by(actor, EventType.STEP_SKIPPED, step=step, comment=reason, data=data)], using
        )
        add_missed_steps(locked)
        end_step(locked, row, StepStatus.BYPASSED, OK)
