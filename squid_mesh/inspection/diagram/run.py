"""From a workflow's drawing and the steps of a run to a drawing of that run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from squid_mesh.graph.ended import taken_label
from squid_mesh.inspection.diagram import labels
from squid_mesh.inspection.diagram.drawing import START, Drawing, Node, Progress, Shape, Way
from squid_mesh.inspection.snapshots.runs import RunSnapshot, StepSnapshot
from squid_mesh.lifecycle import ENDED_STEP, FINISHED_RUN, StepStatus


def run_drawing(drawing: Drawing, run: RunSnapshot) -> Drawing:
    """The workflow's drawing with each step's status and the ways that were taken.

    Of a step's visits the present one is drawn. A way back counts as taken once any visit took it.
    """
    visits: dict[str, list[StepSnapshot]] = {}
    for step in run.steps:
        visits.setdefault(step.name, []).append(step)
    present = {name: _present(steps) for name, steps in visits.items()}
    over = run.status in FINISHED_RUN
    ways = tuple(_with_progress(way, present, visits, over=over) for way in drawing.ways)
    taken = {way.target for way in ways if way.progress is Progress.TAKEN}
    nodes = tuple(_with_status(node, present, reached=node.id in taken) for node in drawing.nodes)
    return Drawing(labels.run_title(run.workflow, run.status), nodes, ways)


def _present(visits: Sequence[StepSnapshot]) -> StepSnapshot:
    return next((step for step in visits if step.current), visits[-1])


def _with_status(node: Node, present: Mapping[str, StepSnapshot], *, reached: bool) -> Node:
    if node.shape is Shape.START:
        return replace(node, status=StepStatus.COMPLETED)
    if node.shape is not Shape.STEP:
        status = StepStatus.COMPLETED if reached else StepStatus.PENDING
        return replace(node, status=status, told=labels.end(node.told, reached=reached))
    step = present[node.id]
    line = labels.status_line(step.status, step.attempt)
    held = labels.held(step.waiting_for, step.due_at) if step.status not in ENDED_STEP else ""
    badge = labels.visit(step.visit)
    facts = [fact for fact in (line, held, badge, *(mark.text for mark in node.marks)) if fact]
    return replace(
        node,
        status=step.status,
        lines=tuple(line for line in (line, held) if line),
        badge=badge,
        told=labels.step(node.name, facts),
    )


def _with_progress(
    way: Way,
    present: Mapping[str, StepSnapshot],
    visits: Mapping[str, Sequence[StepSnapshot]],
    *,
    over: bool,
) -> Way:
    progress = _progress(way, present, visits, over=over)
    return replace(way, progress=progress, told=labels.progress(way.told, progress))


def _progress(
    way: Way,
    present: Mapping[str, StepSnapshot],
    visits: Mapping[str, Sequence[StepSnapshot]],
    *,
    over: bool,
) -> Progress:
    if way.source == START:
        return Progress.TAKEN
    asked = visits[way.source] if way.back else [present[way.source]]
    if any(taken_label(step.status, step.outcome) in way.outcomes for step in asked):
        return Progress.TAKEN
    return Progress.DEAD if over or present[way.source].status in ENDED_STEP else Progress.OPEN
