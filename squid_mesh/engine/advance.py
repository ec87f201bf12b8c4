"""Which steps a run reaches next: dead-path elimination, a pure function of the graph and what has ended."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Set
from dataclasses import dataclass

from squid_mesh.definitions.blueprint import ERROR, FAIL, PSEUDO_TARGETS, Blueprint, Edge


@dataclass(frozen=True, slots=True)
class Reached:
    """Steps to run and steps to skip, in the order they were decided; ``failed``: the run fails."""

    ready: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    failed: bool = False


def advance(blueprint: Blueprint, labels: Mapping[str, str | None], known: Set[str], ended: str) -> Reached:
    """What follows from the end of the step ``ended``.

    ``labels`` holds for every step that is over the label whose edges it takes, None for one without
    (skipped, cancelled). ``known`` are the steps that the run has reached, over or not: they are never
    decided again.
    """
    decided: dict[str, str | None] = dict(labels)
    reached = set(known)
    ready: list[str] = []
    skipped: list[str] = []
    frontier = deque([ended])
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
    return Reached(tuple(ready), tuple(skipped), failed=_fails(blueprint, ended, labels[ended]))


def _targets(blueprint: Blueprint, name: str) -> list[str]:
    targets = (edge.target for edge in blueprint.outgoing[name] if edge.target not in PSEUDO_TARGETS)
    return list(dict.fromkeys(targets))


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


def _fails(blueprint: Blueprint, name: str, label: str | None) -> bool:
    """An error on no edge fails the run, and so does a way that leads to ``fail``."""
    ways = [edge.target for edge in blueprint.outgoing[name] if edge.outcome == label]
    return FAIL in ways or (label == ERROR and not ways)
