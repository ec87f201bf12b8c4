"""What becomes of a run, by the words of the rules: slow, plain, and no code of the engine's.

The rules, once more. When a step ends with an outcome, its edges of that outcome are taken, all others are
dead. A skipped step's edges are all dead. A step whose guard is false is bypassed: its ``ok`` edges are
taken. A step is decided when all its incoming edges are: ``all`` runs when all were taken, ``any`` when one
was, ``first`` as soon as one is. A run fails if a step ends with ``error`` on no edge, or on a way to
``fail``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Join = Literal["all", "any", "first"]


@dataclass(frozen=True)
class Node:
    """A step: how it joins, and what its executions do, one after the other.

    ``script`` holds ``raise`` (may be retried), ``defer``, ``give up`` (fails for good) and outcome labels.
    A script that is at its end goes on with ``ok``.
    """

    name: str
    join: Join = "any"
    guard: bool | None = None
    max_attempts: int = 1
    script: Sequence[str] = ()


@dataclass(frozen=True)
class Arrow:
    """An edge."""

    source: str
    label: str
    target: str


@dataclass(frozen=True)
class Case:
    """A graph with its script. Its steps are in topological order."""

    nodes: Sequence[Node]
    arrows: Sequence[Arrow]

    def entering(self, name: str) -> list[Arrow]:
        """The edges that lead there."""
        return [arrow for arrow in self.arrows if arrow.target == name]

    def leaving(self, name: str) -> list[Arrow]:
        """The edges that lead away from there."""
        return [arrow for arrow in self.arrows if arrow.source == name]


@dataclass
class Expected:
    """Per step its status and how each of its executions ended; which steps fail the run.

    In a run that fails not every step gets as far as this says.
    """

    statuses: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str | None] = field(default_factory=dict)
    attempts: dict[str, list[str]] = field(default_factory=dict)
    culprits: set[str] = field(default_factory=set)

    @property
    def run(self) -> str:
        """The run's status."""
        return "failed" if self.culprits else "completed"


def interpret(case: Case) -> Expected:
    """Apply the rules to any step they apply to, until they apply to none."""
    expected = Expected()
    changed = True
    while changed:
        changed = False
        for node in case.nodes:
            if node.name in expected.statuses:
                continue
            verdict = _verdict(node, [_edge(arrow, expected.labels) for arrow in case.entering(node.name)])
            if verdict == "undecided":
                continue
            changed = True
            _end(case, node, expected, runs=verdict == "runs")
    return expected


def undecided(case: Case, labels: Mapping[str, str | None]) -> set[str]:
    """The steps that nothing is known of, once those in ``labels`` have ended so."""
    return {
        node.name
        for node in case.nodes
        if _verdict(node, [_edge(arrow, labels) for arrow in case.entering(node.name)]) == "undecided"
    }


def _edge(arrow: Arrow, labels: Mapping[str, str | None]) -> str:
    if arrow.source not in labels:
        return "undecided"
    return "taken" if labels[arrow.source] == arrow.label else "dead"


def _verdict(node: Node, edges: list[str]) -> str:
    if not edges:
        return "runs"  # an entry
    if node.join == "first" and "taken" in edges:
        return "runs"
    if "undecided" in edges:
        return "undecided"
    if node.join == "all":
        return "skipped" if "dead" in edges else "runs"
    return "runs" if "taken" in edges else "skipped"


def _end(case: Case, node: Node, expected: Expected, *, runs: bool) -> None:
    name = node.name
    if not runs:
        expected.statuses[name], expected.labels[name], expected.attempts[name] = "skipped", None, []
        return
    if node.guard is False:
        expected.statuses[name], expected.labels[name] = "bypassed", "ok"
        expected.attempts[name] = ["bypassed"]
    else:
        _execute(node, expected)
    label = expected.labels[name]
    ways = [arrow.target for arrow in case.leaving(name) if arrow.label == label]
    if "fail" in ways or (label == "error" and not ways):
        expected.culprits.add(name)


def _execute(node: Node, expected: Expected) -> None:
    outcomes = expected.attempts[node.name] = []
    failures = 0
    for move in [*node.script, "ok"]:
        if move == "defer":
            outcomes.append("deferred")
            continue
        if move in ("raise", "give up"):
            outcomes.append("failed")
            failures += 1
            if move == "give up" or failures == node.max_attempts:
                expected.statuses[node.name], expected.labels[node.name] = "failed", "error"
                return
            continue
        outcomes.append("completed")
        expected.statuses[node.name], expected.labels[node.name] = "completed", move
        return
