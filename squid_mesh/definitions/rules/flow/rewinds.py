"""Rules about ``rewind``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from squid_mesh.definitions.blueprint import ERROR, OK, Edge
from squid_mesh.definitions.compiler.draft import Draft
from squid_mesh.definitions.problems import Problem, join_quoted

_MOST_VISITS = 1000


def check_rewind_targets(draft: Draft) -> Iterator[Problem]:
    """The target of a rewind is a step that leads to its source."""
    for edge in _find_rewinds(draft):
        earlier = draft.graph.ancestors[edge.source]
        if edge.target not in earlier:
            text = f"its route {edge.outcome!r} rewinds to {edge.target!r}, which is not an earlier step"
            yield draft.problem(f"{text}; choose one of {join_quoted(sorted(earlier))}", step=edge.source)


def check_rewind_is_only_target(draft: Draft) -> Iterator[Problem]:
    """An outcome that rewinds has no other target."""
    targets: dict[tuple[str, str], list[str]] = defaultdict(list)
    for edge in draft.edges:
        targets[edge.source, edge.outcome].append(edge.target)
    for source, outcome in dict.fromkeys((e.source, e.outcome) for e in draft.edges if e.rewind):
        distinct = dict.fromkeys(targets[source, outcome])
        if len(distinct) > 1:
            text = f"its route {outcome!r} rewinds, but has the targets {join_quoted(distinct)}; keep one"
            yield draft.problem(text, step=source)


def check_max_visits(draft: Draft) -> Iterator[Problem]:
    """``max_visits=`` allows at least one repetition, and has a limit."""
    for link in draft.links:
        name = draft.name_of(link.exit.node)
        if link.rewind is None or name is None:
            continue
        most: Any = link.rewind.max_visits
        if not isinstance(most, int) or not 2 <= most <= _MOST_VISITS:
            text = f"its rewind has max_visits={most!r}; use a whole number from 2 to {_MOST_VISITS}"
            yield draft.problem(text, step=name)


def check_irreversible_steps(draft: Draft) -> Iterator[Problem]:
    """No rewind repeats an irreversible step that has certainly completed.

    A step that only may have completed is checked when the run rewinds.
    """
    for edge in _find_rewinds(draft):
        for name in _find_repeated(draft, edge):
            text = f"its route {edge.outcome!r} would repeat {name!r}, which is irreversible"
            yield draft.problem(f"{text}; rewind to a later step", step=edge.source)


def _find_repeated(draft: Draft, edge: Edge) -> Iterator[str]:
    """Yield the irreversible steps that a rewind repeats and that have certainly completed."""
    for name, outcome in sorted({*draft.graph.required[edge.source], (edge.source, edge.outcome)}):
        step = draft.steps[name]
        bypassed = step.when is not None and outcome == OK
        again = name == edge.target or edge.target in draft.graph.ancestors[name]
        if step.irreversible and outcome != ERROR and not bypassed and again:
            yield name


def _find_rewinds(draft: Draft) -> Iterator[Edge]:
    """Yield the rewinds between steps. A graph with cycles is not checked."""
    if draft.graph.acyclic:
        yield from (edge for edge in draft.edges if edge.rewind)
