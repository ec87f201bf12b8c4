"""From a blueprint to a drawing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from squid_mesh.definitions.blueprint import COMPLETE, ERROR, FAIL, OK, Blueprint, Edge, StepBlueprint
from squid_mesh.definitions.request import APPROVED
from squid_mesh.inspection.diagram import labels
from squid_mesh.inspection.diagram.drawing import (
    COMPLETED,
    FAILED,
    START,
    Drawing,
    Mark,
    Node,
    Shape,
    Sign,
    Way,
)

_ENDS = {COMPLETE: COMPLETED, FAIL: FAILED}
#: Targets of the steps that ship with the product.
_SHIPPED = {
    f"squid_mesh.definitions.builtins:{sign.value}": sign
    for sign in (Sign.WAIT, Sign.LOG, Sign.PAUSE, Sign.APPROVAL)
}


#: To more ways than that an end would be drawn from everywhere: each then has an end of its own.
_MOST_WAYS_TO_AN_END = 3


def workflow_drawing(blueprint: Blueprint) -> Drawing:
    """The graph, as it is before any run. A path that ends without saying so is drawn to the good end."""
    ways = list(_ways(blueprint))
    nodes = [Node(START, labels.start(), labels.start(), Shape.START)]
    nodes += [_step(step) for step in blueprint.steps]
    for end, shape, name in (
        (COMPLETED, Shape.COMPLETE, labels.complete()),
        (FAILED, Shape.FAIL, labels.fail()),
    ):
        count = sum(way.target == end for way in ways)
        if count > _MOST_WAYS_TO_AN_END:
            ways = [replace(way, target=f"{end}:{way.source}") if way.target == end else way for way in ways]
            nodes += [Node(way.target, "", name, shape) for way in ways if way.target.startswith(f"{end}:")]
        elif count:
            nodes.append(Node(end, name, name, shape))
    return Drawing(labels.workflow_title(blueprint.workflow, len(blueprint.steps)), tuple(nodes), tuple(ways))


def _step(step: StepBlueprint) -> Node:
    marks = tuple(_marks(step))
    facts = _facts(step)
    others = [mark.text for mark in marks if mark.text not in facts]
    told = labels.step(step.name, [*facts, *others])
    return Node(step.name, step.name, told, marks=marks, lines=(", ".join(facts),) if facts else ())


def _facts(step: StepBlueprint) -> list[str]:
    shipped = _SHIPPED.get(step.target)
    if shipped is None:
        return []
    seconds = step.options.get("seconds")
    if shipped in (Sign.WAIT, Sign.APPROVAL) and isinstance(seconds, int | float):
        return [labels.sign(shipped), labels.duration(seconds)]
    return [labels.sign(shipped)]


def _marks(step: StepBlueprint) -> Iterator[Mark]:
    if shipped := _SHIPPED.get(step.target):
        yield Mark(shipped, labels.sign(shipped))
    if step.when is not None:
        when = step.when.rpartition(":")[2].rpartition(".")[2]
        yield Mark(Sign.GUARD, labels.sign(Sign.GUARD, when=when))
    if step.join == "all":
        yield Mark(Sign.ALL, labels.sign(Sign.ALL))
    if step.join == "first":
        yield Mark(Sign.FIRST, labels.sign(Sign.FIRST))
    if step.irreversible:
        yield Mark(Sign.IRREVERSIBLE, labels.sign(Sign.IRREVERSIBLE))


def _ways(blueprint: Blueprint) -> Iterator[Way]:
    for name in blueprint.entries:
        yield Way(START, name, labels.way(labels.start(), name, "", back=False))
    for step in blueprint.steps:
        together: dict[tuple[str, bool], list[Edge]] = {}
        for edge in (*blueprint.outgoing[step.name], *_unwritten(step, blueprint)):
            together.setdefault((edge.target, edge.rewind), []).append(edge)
        for (target, back), same in together.items():
            yield _way(step, target, same, back=back)


def _unwritten(step: StepBlueprint, blueprint: Blueprint) -> Iterator[Edge]:
    """The good end of a step that goes on nowhere, except by an error or back."""
    edges = blueprint.outgoing[step.name]
    if all((edge.rewind and edge.outcome != OK) or edge.outcome == ERROR for edge in edges):
        yield Edge(source=step.name, outcome=OK, target=COMPLETE)


def _way(step: StepBlueprint, target: str, edges: list[Edge], *, back: bool) -> Way:
    approval = _SHIPPED.get(step.target) is Sign.APPROVAL
    outcomes = sorted({edge.outcome for edge in edges}, key=lambda outcome: (outcome != OK, outcome))
    recovery = next((edge.recovery for edge in edges if edge.recovery), "")
    shown = [APPROVED if approval and outcome == OK else outcome for outcome in outcomes]
    label = (
        "" if shown == [OK] and not back else ", ".join([*shown, *filter(None, [labels.recovery(recovery)])])
    )
    told = labels.way(step.name, target, label or OK, back=back)
    most = max((edge.max_visits or 0 for edge in edges), default=0)
    return Way(
        step.name,
        _ENDS.get(target, target),
        f"{told}, {labels.visits_at_most(most)}" if most else told,
        label=label,
        outcomes=tuple(outcomes),
        recovery=recovery,
        error=outcomes == [ERROR] or target == FAIL,
        back=back,
    )
