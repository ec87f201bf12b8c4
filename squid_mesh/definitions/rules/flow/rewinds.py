"""Rules about ``rewind``: it goes back, alone, and never past what can't be taken back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from squid_mesh.definitions.blueprint import ERROR, OK, Edge
from squid_mesh.definitions.compiler.draft import Draft
from squid_mesh.definitions.problems import Problem, join_quoted

_MOST_VISITS = 1000


def a_rewind_goes_back(draft: Draft) -> Iterator[Problem]:
    """Its target is a step that leads to its source."""
    for edge in _rewinds(draft):
        before = draft.graph.ancestors[edge.source]
        if edge.target not in before:
            text = f"its route {edge.outcome!r} rewinds to {edge.target!r}, which doesn't lead here"
            yield draft.problem(
                f"{text}; name a step that does: {join_quoted(sorted(before))}", step=edge.source
            )


def a_rewind_goes_alone(draft: Draft) -> Iterator[Problem]:
    """An outcome that goes back doesn't go on as well."""
    ways: dict[tuple[str, str], list[str]] = defaultdict(list)
    for edge in draft.edges:
        ways[edge.source, edge.outcome].append(edge.target)
    for source, outcome in dict.fromkeys((e.source, e.outcome) for e in draft.edges if e.rewind):
        targets = dict.fromkeys(ways[source, outcome])
        if len(targets) > 1:
            text = f"its route {outcome!r} rewinds, and yet leads to each of {join_quoted(targets)}; keep one"
            yield draft.problem(text, step=source)


def a_rewind_has_an_end(draft: Draft) -> Iterator[Problem]:
    """``max_visits=`` allows to come back, and not for ever."""
    for link in draft.links:
        name = draft.name_of(link.exit.node)
        if link.rewind is None or name is None:
            continue
        most: Any = link.rewind.max_visits
        if not isinstance(most, int) or not 2 <= most <= _MOST_VISITS:
            text = f"its rewind has max_visits={most!r}; give a whole number from 2 to {_MOST_VISITS}"
            yield draft.problem(text, step=name)


def a_rewind_repeats_nothing_irreversible(draft: Draft) -> Iterator[Problem]:
    """No irreversible step that has surely completed would run again. What only may have, a run finds out."""
    for edge in _rewinds(draft):
        for name in _repeated(draft, edge):
            text = f"its route {edge.outcome!r} would repeat {name!r}, which is irreversible"
            yield draft.problem(f"{text}; rewind to a step after it", step=edge.source)


def _repeated(draft: Draft, edge: Edge) -> Iterator[str]:
    """The irreversible steps from the target to the source of a rewind that have surely completed."""
    for name, outcome in sorted({*draft.graph.must[edge.source], (edge.source, edge.outcome)}):
        step = draft.steps[name]
        bypassed = step.when is not None and outcome == OK
        again = name == edge.target or edge.target in draft.graph.ancestors[name]
        if step.irreversible and outcome != ERROR and not bypassed and again:
            yield name


def _rewinds(draft: Draft) -> Iterator[Edge]:
    """Those between steps, where the graph can be read."""
    if draft.graph.acyclic:
        yield from (edge for edge in draft.edges if edge.rewind)
