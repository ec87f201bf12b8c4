"""Which steps a run reaches next: dead-path elimination, a pure function of the graph and what has ended."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace
from typing import Any

from squid_mesh.actions import fails_run
from squid_mesh.definitions.blueprint import PSEUDO_TARGETS, Blueprint, Edge


@dataclass(frozen=True, slots=True)
class Reached:
    """Steps to run and steps to skip, in the order they were decided; ``failed``: the run fails.

    ``taken_back`` are steps whose visits so far become history, because the run goes back. ``cause`` says
    what fails the run where that isn't the step's own error.
    """

    ready: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    failed: bool = False
    taken_back: tuple[str, ...] = ()
    cause: Mapping[str, Any] | None = None


def advance(blueprint: Blueprint, labels: Mapping[str, str | None], known: Set[str], ended: str) -> Reached:
    """What follows from the end of the step ``ended``.

    ``labels`` holds for every step that is over the label whose edges it takes, None for one without
    (skipped, cancelled). ``known`` are the steps that the run has reached, over or not: they are never
    decided again.
    """
    reached = _follow(blueprint, labels, known, [ended])
    return replace(reached, failed=fails_run(blueprint, ended, labels[ended]))


def catch_up(blueprint: Blueprint, labels: Mapping[str, str | None], known: Set[str]) -> Reached:
    """What follows from all that has ended and wasn't followed, or was taken back since."""
    return _follow(blueprint, labels, known, labels)


def rewind_of(blueprint: Blueprint, name: str, label: str | None) -> Edge | None:
    """The way back that a step takes when it ends so, if it takes one."""
    ways = (edge for edge in blueprint.outgoing[name] if edge.rewind and edge.outcome == label)
    return next(ways, None)


def _follow(
    blueprint: Blueprint, labels: Mapping[str, str | None], known: Set[str], ended: Iterable[str]
) -> Reached:
    decided: dict[str, str | None] = dict(labels)
    reached = set(known)
    ready: list[str] = []
    skipped: list[str] = []
    frontier = deque(ended)
    while frontier:
        for target in _targets(blueprint, frontier.popleft()):
            if target in reached:
                continue
            runs = _decide(blueprint, target, decided)
            if runs is None:
                continue
            reached.add(target)
            if runs:
                ready.append(target)
            else:
                skipped.append(target)
                decided[target] = None
                frontier.append(target)
    return Reached(tuple(ready), tuple(skipped))


def _targets(blueprint: Blueprint, name: str) -> list[str]:
    ways = (edge for edge in blueprint.outgoing[name] if not edge.rewind)
    return list(dict.fromkeys(edge.target for edge in ways if edge.target not in PSEUDO_TARGETS))


def _decide(blueprint: Blueprint, name: str, labels: Mapping[str, str | None]) -> bool | None:
    """True: it runs; False: it is skipped; None: its incoming edges don't decide that yet."""
    edges = blueprint.incoming[name]
    taken = [_taken(edge, labels) for edge in edges]
    join = blueprint.by_name[name].join
    if join == "first" and True in taken:
        return True
    if None in taken:
        return None
    return all(taken) if join == "all" else any(taken)


def _taken(edge: Edge, labels: Mapping[str, str | None]) -> bool | None:
    if edge.source not in labels:
        return None
    return labels[edge.source] == edge.outcome
