"""How a run ends by the rules of the graph: slow, plain, and without the engine's code.

The rules. When a step ends with an outcome, its edges of that outcome are taken, all others are
dead. A skipped step's edges are all dead. A step whose guard is false is bypassed: its ``ok`` edges are
taken. A step is decided when all its incoming edges are: ``all`` runs when all were taken, ``any`` when one
was, ``first`` as soon as one is. A run fails if a step ends with ``error`` on no edge, or on a way to
``fail``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

Join = Literal["all", "any", "first"]
#: The outcomes that every step declares, whether or not an edge has them.
OUTCOMES: Final = frozenset({"left", "right", "again", "rejected"})


@dataclass(frozen=True)
class Node:
    """A step: how it joins, and what its executions do, one after the other.

    ``script`` holds ``raise`` (may be retried), ``defer``, ``give up`` (fails permanently), ``approval`` and
    ``pause`` (asks people) and outcome labels. After the script's end every execution ends with ``ok``.
    """

    name: str
    join: Join = "any"
    guard: bool | None = None
    max_attempts: int = 1
    script: Sequence[str] = ()
    irreversible: bool = False
    on_crash: Literal["retry", "pause"] = "retry"
    quorum: int = 1


@dataclass(frozen=True)
class Arrow:
    """An edge; a ``rewind`` goes back to an earlier step, until that has had ``max_visits``."""

    source: str
    label: str
    target: str
    rewind: bool = False
    max_visits: int | None = None


@dataclass(frozen=True)
class Case:
    """A graph with its script. Its steps are in topological order."""

    nodes: Sequence[Node]
    arrows: Sequence[Arrow]

    @property
    def labels(self) -> list[str]:
        """Return the outcomes that every step declares, beside ``ok`` and ``error``."""
        return sorted({arrow.label for arrow in self.arrows} - {"ok", "error"} | OUTCOMES)

    def entering(self, name: str) -> list[Arrow]:
        """Return the edges that lead to the step, without rewinds."""
        return [arrow for arrow in self.arrows if arrow.target == name and not arrow.rewind]

    def leaving(self, name: str) -> list[Arrow]:
        """Return the edges that leave the step, without rewinds."""
        return [arrow for arrow in self.arrows if arrow.source == name and not arrow.rewind]

    def rewinds(self, name: str) -> list[Arrow]:
        """Return the rewinds that leave the step."""
        return [arrow for arrow in self.arrows if arrow.source == name and arrow.rewind]


@dataclass
class Expected:
    """The status of each step, the outcomes of its executions, and the steps that fail the run.

    In a run that fails, some steps may not get this far.
    """

    statuses: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str | None] = field(default_factory=dict)
    attempts: dict[str, list[str]] = field(default_factory=dict)
    culprits: set[str] = field(default_factory=set)

    @property
    def run(self) -> str:
        """Return the run's status."""
        return "failed" if self.culprits else "completed"


def interpret(case: Case) -> Expected:
    """Apply the rules until no step is left that they decide."""
    expected = Expected()
    changed = True
    while changed:
        changed = False
        for node in case.nodes:
            if node.name in expected.statuses:
                continue
            verdict = verdict_of(node, case.entering(node.name), expected.labels)
            if verdict == "undecided":
                continue
            changed = True
            _end(case, node, expected, runs=verdict == "runs")
    return expected


def undecided(case: Case, labels: Mapping[str, str | None]) -> set[str]:
    """Return the steps that are undecided once the steps in ``labels`` have ended."""
    return {
        node.name for node in case.nodes if verdict_of(node, case.entering(node.name), labels) == "undecided"
    }


def verdict_of(node: Node, entering: Sequence[Arrow], labels: Mapping[str, str | None]) -> str:
    """Return ``runs``, ``skipped`` or ``undecided``; ``labels`` are those of the finished steps."""
    return _verdict(node, [_edge(arrow, labels) for arrow in entering])


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
