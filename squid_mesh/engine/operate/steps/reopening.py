"""Reopening a failed or completed run, because a person acts on one of its steps."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from squid_mesh.engine.actor import Actor, event_by
from squid_mesh.engine.announcements import announce_run, announce_step
from squid_mesh.engine.operate.locked_run import LockedRun
from squid_mesh.engine.settle.ending import build_new_steps
from squid_mesh.graph.advance import Reached, follow
from squid_mesh.graph.ended import collect_ended
from squid_mesh.lifecycle import ACTIVE_RUN, EventType, StepStatus, move_step_by_hand, reopen_run
from squid_mesh.store.events import append_events
from squid_mesh.store.runs import set_run_open
from squid_mesh.store.steps import add_steps, reset_step
from squid_mesh.store.values import StepRow


def reopen_if_finished(locked: LockedRun, actor: Actor, *, without: Collection[str] = ()) -> LockedRun:
    """Return the run, active again; the steps that were cancelled when it failed are ready again.

    Steps in ``without`` stay cancelled, because the caller replaces their visits.
    """
    if locked.status in ACTIVE_RUN:
        return locked
    run, using = locked.run, locked.using
    after = reopen_run(locked.status)
    data = {"was": locked.status.value, "error": run.error}
    append_events(run.pk, [event_by(actor, EventType.RUN_REOPENED, data=data)], using)
    set_run_open(run.pk, after, using)
    announce_run(run.pk, run.workflow, locked.status, after, using)
    run.status = after.value
    return replace(locked, steps=[_revive(locked, step, without) for step in locked.steps])


def _revive(locked: LockedRun, step: StepRow, without: Collection[str]) -> StepRow:
    if not step.current or step.status is not StepStatus.CANCELLED or step.name in without:
        return step
    run, using = locked.run, locked.using
    after = move_step_by_hand(step.status, StepStatus.READY)
    reset_step(step.id, using)
    announce_step(run.pk, run.workflow, step.name, step.status, after, using, visit=step.visit)
    return replace(step, status=after, waiting_for=None, outcome="", crashes=0, request=None)


def add_missed_steps(locked: LockedRun) -> None:
    """Add the steps that follow those that ended while the run was failing."""
    labels = collect_ended(locked.blueprint, locked.current).labels
    reached = follow(locked.blueprint, labels, {step.name for step in locked.current}, labels)
    add_reached(locked.run.pk, locked.run.workflow, reached, locked.using)


def add_reached(run_id: UUID, workflow: str, reached: Reached, using: str) -> dict[str, int]:
    """Add the rows of reached steps and return the visit of each."""
    new = build_new_steps(reached)
    visits = add_steps(run_id, new, using).visits
    for step in new:
        announce_step(
            run_id, workflow, step.name, StepStatus.PENDING, step.status, using, visit=visits[step.name]
        )
    return dict(visits)
