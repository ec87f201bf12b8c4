"""Rules about the graph: its steps, and the edges between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from squid_mesh.definitions.compiler.draft import Draft
from squid_mesh.definitions.declare.flow import End, Node
from squid_mesh.definitions.problems import Problem, join_quoted


def check_steps_exist(draft: Draft) -> Iterator[Problem]:
    """A workflow has at least one step."""
    if not draft.steps:
        yield draft.problem("it has no steps; assign step(...) to an attribute")


def check_flow_operands(draft: Draft) -> Iterator[Problem]:
    """``flow`` consists of steps, routes, lists of them, ``complete`` and ``fail``."""
    for error in draft.flow.errors if draft.flow else ():
        yield draft.problem(f"its flow {error}")


def check_after_operands(draft: Draft) -> Iterator[Problem]:
    """``after=`` consists of steps or routes of steps."""
    for name, fragment in draft.after.items():
        for error in fragment.errors:
            yield draft.problem(f"its after= {error}", step=name)
        if fragment.links:
            yield draft.problem("its after= contains a chain; name only the steps it depends on", step=name)
        if any(isinstance(head, End) for head in fragment.heads):
            text = "its after= contains complete or fail, which end a path; name steps only"
            yield draft.problem(text, step=name)


def check_foreign_steps(draft: Draft) -> Iterator[Problem]:
    """The steps in ``flow`` and ``after=`` are attributes of the class or its bases."""
    for node in draft.flow.nodes if draft.flow else ():
        if draft.name_of(node) is None:
            yield draft.problem(f"its flow contains {_describe_foreign(node)}")
    for name, fragment in draft.after.items():
        for node in fragment.nodes:
            if draft.name_of(node) is None:
                yield draft.problem(f"its after= contains {_describe_foreign(node)}", step=name)


def _describe_foreign(node: Node) -> str:
    if node.owner is None or node.name is None:
        return "a step without a name; assign it to an attribute"
    step = f"{node.owner.__name__}.{node.name}"
    return f"{step}, which is not a step of this class; declare it here or inherit it"


def check_order(draft: Draft) -> Iterator[Problem]:
    """Several steps need ``flow`` or ``after=``."""
    if len(draft.steps) > 1 and draft.flow is None and not draft.after:
        names = " >> ".join(draft.steps)
        yield draft.problem(f"its steps have no order; write flow = {names}, or after= at each step")


def check_edges(draft: Draft) -> Iterator[Problem]:
    """A flow of several steps has an edge: a list of them looks like an order, and is none."""
    if draft.flow is None or draft.flow.errors or draft.links or draft.after:
        return
    names = [name for node in draft.flow.nodes if (name := draft.name_of(node)) is not None]
    if len(names) > 1:
        ends = ", ".join(f"{name} >> complete" for name in names)
        text = "its flow has no edges, so all of its steps would start at once"
        fix = (
            f"write flow = [{' >> '.join(names)}] to run them in that order, or [{ends}] to run them at once"
        )
        yield draft.problem(f"{text}; {fix}")


def check_unused_steps(draft: Draft) -> Iterator[Problem]:
    """With a flow, each step occurs in it or in an ``after=``. An invalid flow is not checked."""
    if draft.flow is None or draft.flow.errors or len(draft.steps) < 2:
        return
    used = {draft.name_of(node) for node in draft.flow.nodes} | set(draft.after)
    used |= {draft.name_of(node) for fragment in draft.after.values() for node in fragment.nodes}
    for name, declared in draft.steps.items():
        if draft.name_of(declared) not in used:
            text = "it is unreachable, because no flow and no after= contains it; add it or remove it"
            yield draft.problem(text, step=name)


def check_duplicate_edges(draft: Draft) -> Iterator[Problem]:
    """Each edge is written once."""
    written = Counter((edge.source, edge.outcome, edge.target) for edge in draft.written_edges)
    for (source, outcome, target), times in written.items():
        if times > 1:
            text = f"its route {outcome!r} to {target!r} is written {times} times; keep one"
            yield draft.problem(text, step=source)


def check_self_edges(draft: Draft) -> Iterator[Problem]:
    """No edge leads from a step to itself."""
    for edge in draft.graph.edges:
        if edge.source == edge.target:
            text = f"its route {edge.outcome!r} leads to itself; remove it, and use retry= to repeat the step"
            yield draft.problem(f"{text}, or .rewind(…) to go back to an earlier one", step=edge.source)


def check_cycles(draft: Draft) -> Iterator[Problem]:
    """The edges form no cycle."""
    for path in draft.graph.cycles:
        source, target = path[-2:]
        text = f"its flow has the cycle {' >> '.join(path)}; remove one of these edges"
        yield draft.problem(
            f"{text}, or go back with {source}.rewind({target}) or {source}.on(…).rewind({target})"
        )


def check_entry(draft: Draft) -> Iterator[Problem]:
    """At least one step has no incoming edge."""
    if draft.steps and all(draft.graph.incoming.values()):
        text = f"no step starts the run, because each of {join_quoted(draft.steps)} has an incoming edge"
        yield draft.problem(f"{text}; remove the edges to the first step, or go back to it with .rewind(…)")
