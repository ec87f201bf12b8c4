"""The graph of step names: which steps precede, exclude or supply others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import TypeVar

from squid_mesh.definitions.blueprint import ERROR, PSEUDO_TARGETS, Edge
from squid_mesh.definitions.choices import Join

T = TypeVar("T")
Choice = tuple[str, str]


@dataclass(frozen=True)
class Graph:
    """Steps, their joins and the edges between them. All but ``cycles`` require an acyclic graph."""

    joins: Mapping[str, Join]
    edges: Sequence[Edge]

    @cached_property
    def incoming(self) -> Mapping[str, Sequence[Edge]]:
        """The edges that lead to each step."""
        found: dict[str, list[Edge]] = {name: [] for name in self.joins}
        for edge in self.edges:
            if edge.target in found:
                found[edge.target].append(edge)
        return found

    @cached_property
    def cycles(self) -> Sequence[Sequence[str]]:
        """The cycles, without shared edges and without self-edges."""
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
        """Whether no step precedes itself."""
        return not self.cycles and all(edge.source != edge.target for edge in self.edges)

    @cached_property
    def order(self) -> Sequence[str]:
        """The steps in topological order."""
        sources = {name: [e.source for e in edges] for name, edges in self.incoming.items()}
        return tuple(TopologicalSorter(sources).static_order())

    @cached_property
    def ancestors(self) -> Mapping[str, frozenset[str]]:
        """For each step, the steps that a path leads from."""
        found: dict[str, frozenset[str]] = {}
        for name in self.order:
            paths = [found[edge.source] | {edge.source} for edge in self.incoming[name]]
            found[name] = _combine(paths, every=True)
        return found

    @cached_property
    def before(self) -> Mapping[str, frozenset[str]]:
        """For each step, the steps that are finished when it starts.

        After ``join="first"`` only the steps on every path are."""
        found: dict[str, frozenset[str]] = {}
        for name in self.order:
            paths = [found[edge.source] | {edge.source} for edge in self.incoming[name]]
            found[name] = _combine(paths, every=self.joins[name] != "first")
        return found

    @cached_property
    def required(self) -> Mapping[str, frozenset[Choice]]:
        """For each step, the outcomes that every path to it requires, as (source, outcome)."""
        found: dict[str, frozenset[Choice]] = {}
        for name in self.order:
            paths = [found[edge.source] | {(edge.source, edge.outcome)} for edge in self.incoming[name]]
            found[name] = _combine(paths, every=self.joins[name] == "all")
        return found

    @cached_property
    def writers(self) -> Mapping[str, frozenset[str]]:
        """For each step, the steps whose output it may see. A step that ended in error has no output."""
        found: dict[str, frozenset[str]] = {}
        for name in self.order:
            paths = [
                found[edge.source] | ({edge.source} if edge.outcome != ERROR else set())
                for edge in self.incoming[name]
            ]
            found[name] = _combine(paths, every=True)
        return found

    def parallel(self, one: str, other: str) -> bool:
        """Whether two steps may run at the same time."""
        return (
            one not in self.before[other]
            and other not in self.before[one]
            and not has_contradiction(self.required[one] | self.required[other])
        )


def has_contradiction(choices: frozenset[Choice]) -> bool:
    """Whether the choices require two outcomes of the same step."""
    return len({source for source, _ in choices}) < len(choices)


def _combine(paths: Sequence[frozenset[T]], *, every: bool) -> frozenset[T]:
    if not paths:
        return frozenset()
    return reduce(frozenset.union if every else frozenset.intersection, paths)
