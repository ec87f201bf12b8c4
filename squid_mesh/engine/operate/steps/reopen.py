"""Reopening a run that failed or completed, for what a person does to one of its steps."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from squid_mesh.engine import announce
from squid_mesh.engine.actor import Actor, event_by
from squid_mesh.engine.operate.locked_run import Scene
from squid_mesh.engine.settle.general import build_new_steps
from squid_mesh.graph.advance import Reached, follow
from squid_mesh.graph.ended import collect_ended
from squid_mesh.lifecycle import ACTIVE_RUN, EventType, StepStatus, move_step_by_hand, reopen_run
from squid_mesh.store import events, portable, rows
from squid_mesh.store.values import StepRow


def reopen(scene: Scene, actor: Actor, *, without: Collection[str] = ()) -> Scene:
    """The scene with its run open: what was cancelled when the run failed is ready again.

    Steps in ``without`` are left, since they are about to be taken back.
    """
    if scene.status in ACTIVE_RUN:
        return scene
    run, using = scene.run, scene.using
    after = reopen_run(scene.status)
    told = event_by(actor, EventType.RUN_REOPENED, data={"was": scene.status.value, "error": run.error})
    events.append(run.pk, [told], using)
    rows.reopen(run.pk, after, using)
    announce.run_moved(run.pk, run.workflow, scene.status, after, using)
    run.status = after.value
    return replace(scene, steps=[_revived(scene, step, without) for step in scene.steps])


def _revived(scene: Scene, step: StepRow, without: Collection[str]) -> StepRow:
    if not step.current or step.status is not StepStatus.CANCELLED or step.name in without:
        return step
    run, using = scene.run, scene.using
    after = move_step_by_hand(step.status, StepStatus.READY)
    rows.begin_anew(step.id, using)
    announce.step_moved(run.pk, run.workflow, step.name, step.status, after, using, visit=step.visit)
    return replace(step, status=after, waiting_for="", outcome="", crashes=0, request=None)


def follow_up(scene: Scene) -> None:
    """Go on from the steps that ended while the run was failing, which nothing followed then."""
    labels = collect_ended(scene.blueprint, scene.current).labels
    reached = follow(scene.blueprint, labels, {step.name for step in scene.current}, labels)
    add_reached(scene.run.pk, scene.run.workflow, reached, scene.using)


def add_reached(run_id: UUID, workflow: str, reached: Reached, using: str) -> dict[str, int]:
    """Add the rows of steps that are reached by no settle; the visit of each."""
    new = build_new_steps(reached, go_on=False)
    visits = portable.add_steps(run_id, new, using).visits
    for step in new:
        announce.step_moved(
            run_id, workflow, step.name, StepStatus.PENDING, step.status, using, visit=visits[step.name]
        )
    return dict(visits)
