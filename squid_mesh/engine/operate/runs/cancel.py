"""Cancelling a run: at once, or as soon as its steps in flight end."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from squid_mesh import conf
from squid_mesh.actions import Action
from squid_mesh.engine import announce
from squid_mesh.engine.actor import Actor, event_by
from squid_mesh.engine.operate import locked_run, permission
from squid_mesh.lifecycle import RUN_EVENTS, RunStatus, StepStatus, move_run
from squid_mesh.store import events, rows


def cancel(run_id: UUID, *, actor: Actor, reason: str) -> None:
    """Cancel what isn't executing. The run ends with what is, or now.

    Raises:
        NotPermitted, RunNotFound
        IllegalAction: the run is over or ending already.
    """
    permission.check(Action.CANCEL, actor)
    using = conf.database()
    with transaction.atomic(using=using):
        found = locked_run.locked(run_id, using)
        found.require(Action.CANCEL)
        workflow = found.run.workflow
        cancelled = rows.cancel_open(run_id, using)
        in_flight = any(step.status is StepStatus.RUNNING for step in found.current)
        after = RunStatus.CANCELLING if in_flight else RunStatus.CANCELLED
        rows.set_run(run_id, move_run(found.status, after), using)
        events.append(run_id, [event_by(actor, RUN_EVENTS[after], comment=reason)], using)
        for step in cancelled:
            announce.step_moved(
                run_id, workflow, step.name, step.status, StepStatus.CANCELLED, using, visit=step.visit
            )
        announce.run_moved(run_id, workflow, found.status, after, using)
