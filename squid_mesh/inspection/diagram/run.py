"""Adding the progress of a run to the drawing of its workflow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from squid_mesh.graph.ended import taken_label
from squid_mesh.inspection.diagram import labels
from squid_mesh.inspection.diagram.drawing import START, Drawing, DrawnEdge, Node, Progress, Shape
from squid_mesh.inspection.snapshots.runs import RunSnapshot, StepSnapshot
from squid_mesh.lifecycle import ENDED_STEP, FINISHED_RUN, StepStatus


def add_progress(drawing: Drawing, run: RunSnapshot) -> Drawing:
    """Return the drawing with each step's status and the edges that were taken.

    Each step shows its current visit. A rewind edge counts as taken if any visit took it.
    """
    visits: dict[str, list[StepSnapshot]] = {}
    for step in run.steps:
        visits.setdefault(step.name, []).append(step)
    current = {name: _current_visit(steps) for name, steps in visits.items()}
    finished = run.status in FINISHED_RUN
    edges = tuple(_with_progress(edge, current, visits, finished=finished) for edge in drawing.edges)
    taken = {edge.target for edge in edges if edge.progress is Progress.TAKEN}
    nodes = tuple(_with_status(node, current, reached=node.id in taken) for node in drawing.nodes)
    return Drawing(labels.run_title(run.workflow, run.status), nodes, edges)


def _current_visit(visits: Sequence[StepSnapshot]) -> StepSnapshot:
    return next((step for step in visits if step.current), visits[-1])


def _with_status(node: Node, current: Mapping[str, StepSnapshot], *, reached: bool) -> Node:
    if node.shape is Shape.START:
        return replace(node, status=StepStatus.COMPLETED)
    if node.shape is not Shape.STEP:
        status = StepStatus.COMPLETED if reached else StepStatus.PENDING
        return replace(
            node, status=status, description=labels.describe_end(node.description, reached=reached)
        )
    step = current[node.id]
    line = labels.status_line(step.status, step.attempt)
    waiting = labels.waiting_text(step.waiting_for, step.due_at) if step.status not in ENDED_STEP else ""
    badge = labels.visit_text(step.visit)
    facts = [fact for fact in (line, waiting, badge, *(mark.text for mark in node.marks)) if fact]
    return replace(
        node,
        status=step.status,
        lines=tuple(line for line in (line, waiting) if line),
        badge=badge,
        description=labels.describe_step(node.name, facts),
    )


def _with_progress(
    edge: DrawnEdge,
    current: Mapping[str, StepSnapshot],
    visits: Mapping[str, Sequence[StepSnapshot]],
    *,
    finished: bool,
) -> DrawnEdge:
    progress = _progress(edge, current, visits, finished=finished)
    return replace(edge, progress=progress, description=labels.describe_progress(edge.description, progress))


def _progress(
    edge: DrawnEdge,
    current: Mapping[str, StepSnapshot],
    visits: Mapping[str, Sequence[StepSnapshot]],
    *,
    finished: bool,
) -> Progress:
    if edge.source == START:
        return Progress.TAKEN
    asked = visits[edge.source] if edge.back else [current[edge.source]]
    if any(taken_label(step.status, step.outcome) in edge.outcomes for step in asked):
        return Progress.TAKEN
    return Progress.DEAD if finished or current[edge.source].status in ENDED_STEP else Progress.OPEN
