"""Going back to a step by hand: it and all that follows it run again, each in a new visit."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from squid_mesh import conf
from squid_mesh.actions import Action
from squid_mesh.engine.actor import Actor, event_by
from squid_mesh.engine.operate import locked_run, permission
from squid_mesh.engine.operate.steps.reopen import add_reached, reopen
from squid_mesh.engine.settle import rewinds
from squid_mesh.engine.status import update_run_status
from squid_mesh.graph.rewind import find_downstream, rewind_to
from squid_mesh.lifecycle import EventType
from squid_mesh.store import creation, events


def rewind(
    run_id: UUID, step: str, *, visit: int | None, allow_irreversible: bool, actor: Actor, reason: str
) -> None:
    """Give the step and what follows it new visits. A run that failed or completed is reopened.

    Raises:
        NotPermitted, RunNotFound, StepNotFound
        IllegalAction: the run hasn't come there or is in another visit there, is ending or cancelled, or one
            of those steps executes.
        IrreversibleSteps: one of them completed, or may have, can't be undone, and that isn't allowed.
    """
    permission.check(Action.REWIND, actor)
    permission.check_override(actor, allow_irreversible=allow_irreversible)
    using = conf.database()
    with transaction.atomic(using=using):
        found = locked_run.locked(run_id, using)
        possible, _ = found.require_step(Action.REWIND, step, visit)
        data = found.allow(
            possible.irreversible, f"Going back to step {step}", allow_irreversible=allow_irreversible
        )
        back = find_downstream(found.blueprint, step)
        found = reopen(found, actor, without=back)
        reached = rewind_to(step, found.blueprint, found.current)
        rewinds.take_back(found.run, back, set(), f"Step {step} was rewound to.", using)
        visits = add_reached(run_id, found.run.workflow, reached, using)
        told = {"to": step, "visit": visits[step]} | data
        events.append(
            run_id, [event_by(actor, EventType.REWOUND, step=step, comment=reason, data=told)], using
        )
        update_run_status(found.run, using)
        creation.ring(using)
