"""The graph of names: what surely precedes what, what excludes what, whose output reaches whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import TypeVar

from squid_mesh.definitions.blueprint import ERROR, PSEUDO_TARGETS, Edge, Join

T = TypeVar("T")
Choice = tuple[str, str]


@dataclass(frozen=True)
class Graph:
    """Steps, edges between them, and each step's join. The properties need it to be acyclic."""

    joins: Mapping[str, Join]
    edges: Sequence[Edge]

    @cached_property
    def incoming(self) -> Mapping[str, Sequence[Edge]]:
        """The edges that lead to each step."""
        return {name: [edge for edge in self.edges if edge.target == name] for name in self.joins}

    @cached_property
    def cycles(self) -> Sequence[Sequence[str]]:
        """The paths that lead back to their start, none of them sharing an edge; a self-edge is no cycle."""
        left = [e for e in self.edges if e.target not in PSEUDO_TARGETS and e.source != e.target]
        found: list[list[str]] = []
        while True:
            sources: dict[str, list[str]] = {name: [] for name in self.joins}
            for edge in left:
                sources[edge.target].append(edge.source)
            try:
                tuple(TopologicalSorter(sources).static_order())
            except CycleError as error:
                path: list[str] = error.args[1]
                found.append(path)
                hops = set(pairwise(path))
                left = [edge for edge in left if (edge.source, edge.target) not in hops]
            else:
                return found

    @cached_property
    def acyclic(self) -> bool:
        """Whether a run gets through: no step comes before itself."""
        return not self.cycles and all(edge.source != edge.target for edge in self.edges)

    @cached_property
    def order(self) -> Sequence[str]:
        """The steps in an order in which no edge leads back."""
        sources = {name: [e.source for e in edges] for name, edges in self.incoming.items()}
        return tuple(TopologicalSorter(sources).static_order())

    @cached_property
    def ancestors(self) -> Mapping[str, frozenset[str]]:
        """The steps that some way leads from to a step."""
        found: dict[str, frozenset[str]] = {}
        for name in self.order:
            ways = [found[edge.source] | {edge.source} for edge in self.incoming[name]]
            found[name] = _combined(ways, every=True)
        return found

    @cached_property
    def before(self) -> Mapping[str, frozenset[str]]:
        """The steps surely over when a step starts. After ``join="first"`` only those of every way."""
        found: dict[str, frozenset[str]] = {}
        for name in self.order:
            ways = [found[edge.source] | {edge.source} for edge in self.incoming[name]]
            found[name] = _combined(ways, every=self.joins[name] != "first")
        return found

    @cached_property
    def must(self) -> Mapping[str, frozenset[Choice]]:
        """The outcomes that hold on every way to a step, as (source, outcome)."""
        found: dict[str, frozenset[Choice]] = {}
        for name in self.order:
            ways = [found[edge.source] | {(edge.source, edge.outcome)} for edge in self.incoming[name]]
            found[name] = _combined(ways, every=self.joins[name] == "all")
        return found

    @cached_property
    def writers(self) -> Mapping[str, frozenset[str]]:
        """The steps whose output may be there when a step starts: one that ended in error has none."""
        found: dict[str, frozenset[str]] = {}
        for name in self.order:
            ways = [
                found[edge.source] | ({edge.source} if edge.outcome != ERROR else set())
                for edge in self.incoming[name]
            ]
            found[name] = _combined(ways, every=True)
        return found

    def parallel(self, one: str, other: str) -> bool:
        """Whether two steps may run at the same time."""
        return (
            one not in self.before[other]
            and other not in self.before[one]
            and not contradicts(self.must[one] | self.must[other])
        )


def contradicts(choices: frozenset[Choice]) -> bool:
    """Whether the choices ask one step to end in two ways."""
    return len({source for source, _ in choices}) < len(choices)


def _combined(ways: Sequence[frozenset[T]], *, every: bool) -> frozenset[T]:
    if not ways:
        return frozenset()
    return reduce(frozenset.union if every else frozenset.intersection, ways)
