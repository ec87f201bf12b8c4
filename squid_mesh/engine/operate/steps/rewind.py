"""Rewinding a run to a step: it and all steps after it run again, each in a new visit."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from squid_mesh import conf
from squid_mesh.actions import Action
from squid_mesh.engine.actor import Actor, event_by
from squid_mesh.engine.operate import permission
from squid_mesh.engine.operate.locked_run import lock_run_and_steps
from squid_mesh.engine.operate.steps.reopening import add_reached, reopen_if_finished
from squid_mesh.engine.settle.rewinds import take_back_visits
from squid_mesh.engine.status import update_run_status
from squid_mesh.graph.rewind import find_downstream, rewind_to
from squid_mesh.lifecycle import EventType
from squid_mesh.store.backend import backend_of
from squid_mesh.store.events import append_events


def rewind_run(
    run_id: UUID, step: str, *, visit: int | None, allow_irreversible: bool, actor: Actor, reason: str
) -> None:
    """Start new visits of the step and the steps after it. A failed or completed run is reopened.

    Raises:
        NotPermitted, RunNotFound, StepNotFound
        IllegalAction: the run hasn't reached the step, is in another visit of it, is ending or cancelled, or
            one of those steps is running.
        IrreversibleSteps: one of them is irreversible and completed, or may have, and that isn't allowed.
    """
    permission.check_action(Action.REWIND, actor)
    permission.check_override(actor, allow_irreversible=allow_irreversible)
    using = conf.database()
    with transaction.atomic(using=using):
        locked = lock_run_and_steps(run_id, using)
        legal, _ = locked.require_on_step(Action.REWIND, step, visit)
        overridden = locked.check_irreversible(
            legal.irreversible, f"Rewinding to step {step}", allow_irreversible=allow_irreversible
        )
        again = find_downstream(locked.blueprint, step)
        locked = reopen_if_finished(locked, actor, without=again)
        reached = rewind_to(step, locked.blueprint, locked.current)
        take_back_visits(locked.run, again, set(), f"The run was rewound to step {step}.", using)
        visits = add_reached(run_id, locked.run.workflow, reached, using)
        data = {"to": step, "visit": visits[step]} | overridden
        append_events(
            run_id, [event_by(actor, EventType.REWOUND, step=step, comment=reason, data=data)], using
        )
        update_run_status(locked.run, using)
        backend_of(using).notify_workers()
