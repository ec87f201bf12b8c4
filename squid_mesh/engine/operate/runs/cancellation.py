"""Cancelling a run: at once, or when its running steps finish."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from squid_mesh import conf
from squid_mesh.actions import Action
from squid_mesh.engine.actor import Actor, event_by
from squid_mesh.engine.announcements import announce_run, announce_step
from squid_mesh.engine.operate import permission
from squid_mesh.engine.operate.locked_run import lock_run_and_steps
from squid_mesh.lifecycle import RUN_EVENTS, RunStatus, StepStatus, move_run
from squid_mesh.store.events import append_events
from squid_mesh.store.runs import set_run_status
from squid_mesh.store.steps import cancel_idle_steps


def cancel_run(run_id: UUID, *, actor: Actor, reason: str) -> None:
    """Cancel all steps that aren't running. The run ends now, or when its running steps finish.

    Raises:
        NotPermitted, RunNotFound
        IllegalAction: the run is finished or ending already.
    """
    permission.check_action(Action.CANCEL, actor)
    using = conf.database()
    with transaction.atomic(using=using):
        locked = lock_run_and_steps(run_id, using)
        locked.require(Action.CANCEL)
        workflow = locked.run.workflow
        cancelled = cancel_idle_steps(run_id, using)
        in_flight = any(step.status is StepStatus.RUNNING for step in locked.current)
        after = RunStatus.CANCELLING if in_flight else RunStatus.CANCELLED
        set_run_status(run_id, move_run(locked.status, after), using)
        append_events(run_id, [event_by(actor, RUN_EVENTS[after], comment=reason)], using)
        for step in cancelled:
            announce_step(
                run_id, workflow, step.name, step.status, StepStatus.CANCELLED, using, visit=step.visit
            )
        announce_run(run_id, workflow, locked.status, after, using)
