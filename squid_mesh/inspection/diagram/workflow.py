"""Making the drawing of a workflow from its blueprint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from squid_mesh.definitions.blueprint import COMPLETE, ERROR, FAIL, OK, Blueprint, StepBlueprint
from squid_mesh.definitions.blueprint import Edge as DefinedEdge
from squid_mesh.definitions.request import APPROVED
from squid_mesh.inspection.diagram import labels
from squid_mesh.inspection.diagram.drawing import (
    COMPLETED,
    FAILED,
    START,
    Drawing,
    DrawnEdge,
    Mark,
    Node,
    Shape,
    Sign,
)

_ENDS = {COMPLETE: COMPLETED, FAIL: FAILED}
#: The targets of the built-in steps.
_BUILTINS = {
    f"squid_mesh.definitions.builtins:{sign.value}": sign
    for sign in (Sign.WAIT, Sign.LOG, Sign.PAUSE, Sign.APPROVAL)
}


#: If more edges lead to an end, each gets its own end, so that they don't cross the whole diagram.
_MAX_EDGES_TO_AN_END = 3


def draw_workflow(blueprint: Blueprint) -> Drawing:
    """Return the graph without a run. A path without an explicit end leads to the completed end."""
    edges = list(_edges(blueprint))
    nodes = [Node(START, labels.start_name(), labels.start_name(), Shape.START)]
    nodes += [_step(step) for step in blueprint.steps]
    for end, shape, name in (
        (COMPLETED, Shape.COMPLETE, labels.complete_name()),
        (FAILED, Shape.FAIL, labels.fail_name()),
    ):
        count = sum(edge.target == end for edge in edges)
        if count > _MAX_EDGES_TO_AN_END:
            edges = [
                replace(edge, target=f"{end}:{edge.source}") if edge.target == end else edge for edge in edges
            ]
            nodes += [
                Node(edge.target, "", name, shape) for edge in edges if edge.target.startswith(f"{end}:")
            ]
        elif count:
            nodes.append(Node(end, name, name, shape))
    return Drawing(
        labels.workflow_title(blueprint.workflow, len(blueprint.steps)), tuple(nodes), tuple(edges)
    )


def _step(step: StepBlueprint) -> Node:
    marks = tuple(_marks(step))
    facts = _facts(step)
    others = [mark.text for mark in marks if mark.text not in facts]
    description = labels.describe_step(step.name, [*facts, *others])
    return Node(step.name, step.name, description, marks=marks, lines=(", ".join(facts),) if facts else ())


def _facts(step: StepBlueprint) -> list[str]:
    builtin = _BUILTINS.get(step.target)
    if builtin is None:
        return []
    seconds = step.options.get("seconds")
    if builtin in (Sign.WAIT, Sign.APPROVAL) and isinstance(seconds, int | float):
        return [labels.sign_text(builtin), labels.duration_text(seconds)]
    return [labels.sign_text(builtin)]


def _marks(step: StepBlueprint) -> Iterator[Mark]:
    if builtin := _BUILTINS.get(step.target):
        yield Mark(builtin, labels.sign_text(builtin))
    if step.when is not None:
        when = step.when.rpartition(":")[2].rpartition(".")[2]
        yield Mark(Sign.GUARD, labels.sign_text(Sign.GUARD, when=when))
    if step.join == "all":
        yield Mark(Sign.ALL, labels.sign_text(Sign.ALL))
    if step.join == "first":
        yield Mark(Sign.FIRST, labels.sign_text(Sign.FIRST))
    if step.irreversible:
        yield Mark(Sign.IRREVERSIBLE, labels.sign_text(Sign.IRREVERSIBLE))


def _edges(blueprint: Blueprint) -> Iterator[DrawnEdge]:
    for name in blueprint.entries:
        yield DrawnEdge(START, name, labels.describe_edge(labels.start_name(), name, "", back=False))
    for step in blueprint.steps:
        together: dict[tuple[str, bool], list[DefinedEdge]] = {}
        for one in (*blueprint.outgoing[step.name], *_implicit_end(step, blueprint)):
            together.setdefault((one.target, one.rewind), []).append(one)
        for (target, back), same in together.items():
            yield _edge(step, target, same, back=back)


def _implicit_end(step: StepBlueprint, blueprint: Blueprint) -> Iterator[DefinedEdge]:
    """Yield the edge to the end of a step that continues nowhere, except on an error or by a rewind."""
    defined = blueprint.outgoing[step.name]
    if all((one.rewind and one.outcome != OK) or one.outcome == ERROR for one in defined):
        yield DefinedEdge(source=step.name, outcome=OK, target=COMPLETE)


def _edge(step: StepBlueprint, target: str, defined: list[DefinedEdge], *, back: bool) -> DrawnEdge:
    approval = _BUILTINS.get(step.target) is Sign.APPROVAL
    outcomes = sorted({one.outcome for one in defined}, key=lambda outcome: (outcome != OK, outcome))
    recovery = next((one.recovery for one in defined if one.recovery), "")
    shown = [APPROVED if approval and outcome == OK else outcome for outcome in outcomes]
    label = (
        ""
        if shown == [OK] and not back
        else ", ".join([*shown, *filter(None, [labels.recovery_text(recovery)])])
    )
    description = labels.describe_edge(step.name, target, label or OK, back=back)
    most = max((one.max_visits or 0 for one in defined), default=0)
    return DrawnEdge(
        step.name,
        _ENDS.get(target, target),
        f"{description}, {labels.max_visits_text(most)}" if most else description,
        label=label,
        outcomes=tuple(outcomes),
        recovery=recovery,
        error=outcomes == [ERROR] or target == FAIL,
        back=back,
    )
