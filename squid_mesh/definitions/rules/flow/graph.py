"""Rules about the graph: steps, and edges between steps of this workflow that lead somewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from squid_mesh.definitions.compiler.draft import Draft
from squid_mesh.definitions.declare.flow import End, Node
from squid_mesh.definitions.problems import Problem, join_quoted


def there_are_steps(draft: Draft) -> Iterator[Problem]:
    """A workflow does something."""
    if not draft.steps:
        yield draft.problem("it has no steps; assign step(...) to an attribute")


def flow_holds_steps(draft: Draft) -> Iterator[Problem]:
    """``flow`` is made of steps, routes, lists of them, and ends."""
    for fault in draft.flow.faults if draft.flow else ():
        yield draft.problem(f"its flow {fault}")


def after_holds_steps(draft: Draft) -> Iterator[Problem]:
    """``after=`` names steps or routes of steps."""
    for name, fragment in draft.after.items():
        for fault in fragment.faults:
            yield draft.problem(f"its after= {fault}", step=name)
        if fragment.links:
            yield draft.problem("its after= holds a chain; name only the steps it depends on", step=name)
        if any(isinstance(head, End) for head in fragment.heads):
            yield draft.problem("its after= holds complete or fail, which nothing follows", step=name)


def steps_belong_to_the_workflow(draft: Draft) -> Iterator[Problem]:
    """What ``flow`` and ``after=`` name are attributes of the class or its bases."""
    for node in draft.flow.nodes if draft.flow else ():
        if draft.name_of(node) is None:
            yield draft.problem(f"its flow names {_foreign(node)}")
    for name, fragment in draft.after.items():
        for node in fragment.nodes:
            if draft.name_of(node) is None:
                yield draft.problem(f"its after= names {_foreign(node)}", step=name)


def _foreign(node: Node) -> str:
    if node.owner is None or node.name is None:
        return "a step that no attribute holds; assign it to one"
    return f"{node.owner.__name__}.{node.name}, which is no step of this class; declare it here or inherit it"


def an_order_is_said(draft: Draft) -> Iterator[Problem]:
    """Several steps need ``flow`` or ``after=``."""
    if len(draft.steps) > 1 and draft.flow is None and not draft.after:
        names = " >> ".join(draft.steps)
        yield draft.problem(f"its steps have no order; write flow = {names}, or after= at each step")


def every_step_is_reached(draft: Draft) -> Iterator[Problem]:
    """Where there is a flow, each step stands in it or in an ``after=``. A flow with faults can't tell."""
    if draft.flow is None or draft.flow.faults or len(draft.steps) < 2:
        return
    mentioned = {draft.name_of(node) for node in draft.flow.nodes} | set(draft.after)
    mentioned |= {draft.name_of(node) for fragment in draft.after.values() for node in fragment.nodes}
    for name, declared in draft.steps.items():
        if draft.name_of(declared) not in mentioned:
            yield draft.problem(
                "it is unreachable: declared, but in no flow and no after=; add it to the flow or remove it",
                step=name,
            )


def no_edge_is_written_twice(draft: Draft) -> Iterator[Problem]:
    """An edge is said once."""
    written = Counter((edge.source, edge.outcome, edge.target) for edge in draft.written_edges)
    for (source, outcome, target), times in written.items():
        if times > 1:
            text = f"its route {outcome!r} to {target!r} is written {times} times; keep one"
            yield draft.problem(text, step=source)


def no_step_follows_itself(draft: Draft) -> Iterator[Problem]:
    """No edge leads back to its own source."""
    for edge in draft.graph.edges:
        if edge.source == edge.target:
            text = (
                f"its route {edge.outcome!r} leads back to itself; remove that edge, and use retry= to repeat"
            )
            yield draft.problem(text, step=edge.source)


def nothing_goes_in_circles(draft: Draft) -> Iterator[Problem]:
    """A run gets to its end."""
    for path in draft.graph.cycles:
        yield draft.problem(f"its flow goes in a circle, {' >> '.join(path)}; remove one of these edges")


def there_is_an_entry(draft: Draft) -> Iterator[Problem]:
    """A run has somewhere to start."""
    if draft.steps and all(draft.graph.incoming.values()):
        text = f"it has no entry, since an edge leads to each of {join_quoted(draft.steps)}"
        yield draft.problem(f"{text}; let one step have none")
