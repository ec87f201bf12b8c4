"""Which steps a run reaches next, by dead-path elimination."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Any, assert_never

from squid_mesh.definitions.blueprint import PSEUDO_TARGETS, Blueprint, Edge
from squid_mesh.graph.ended import fails_run


@dataclass(frozen=True, slots=True)
class Reached:
    """Steps to run and steps to skip, in the order in which they were decided; ``failed``: the run fails.

    ``taken_back`` are the steps whose visits become history, because the run goes back. ``cause`` says why
    the run fails if that isn't the step's own error.
    """

    ready: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    failed: bool = False
    taken_back: tuple[str, ...] = ()
    cause: Mapping[str, Any] | None = None


def advance(blueprint: Blueprint, labels: Mapping[str, str | None], known: Set[str], ended: str) -> Reached:
    """Return what the run reaches after the step ``ended``; only ``failed`` if that step fails the run.

    ``labels`` holds, for every ended step, the label whose edges it takes; None for one without (skipped,
    cancelled). ``known`` are the steps that the run has reached, ended or not: they aren't decided again.
    """
    if fails_run(blueprint, ended, labels[ended]):
        return Reached(failed=True)
    return follow(blueprint, labels, known, [ended])


def follow(
    blueprint: Blueprint, labels: Mapping[str, str | None], known: Set[str], ended: Iterable[str]
) -> Reached:
    """Return what the run reaches after those ended steps, whether or not one of them fails it.

    ``labels`` and ``known`` are those of :func:`advance`.
    """
    decided: dict[str, str | None] = dict(labels)
    reached = set(known)
    ready: list[str] = []
    skipped: list[str] = []
    frontier = deque(ended)
    while frontier:
        for target in _next_steps(blueprint, frontier.popleft()):
            if target in reached:
                continue
            runs = _decide_step(blueprint, target, decided)
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


def _next_steps(blueprint: Blueprint, name: str) -> list[str]:
    edges = (edge for edge in blueprint.outgoing[name] if not edge.rewind)
    return list(dict.fromkeys(edge.target for edge in edges if edge.target not in PSEUDO_TARGETS))


def _decide_step(blueprint: Blueprint, name: str, labels: Mapping[str, str | None]) -> bool | None:
    """Return True if the step runs, False if it is skipped, None if its incoming edges don't say yet."""
    taken = [_is_taken(edge, labels) for edge in blueprint.incoming[name]]
    join = blueprint.by_name[name].join
    match join:
        case "first":
            if True in taken:
                return True
            return None if None in taken else False
        case "all":
            return None if None in taken else all(taken)
        case "any":
            return None if None in taken else any(taken)
        case _:
            assert_never(join)


def _is_taken(edge: Edge, labels: Mapping[str, str | None]) -> bool | None:
    if edge.source not in labels:
        return None
    return labels[edge.source] == edge.outcome
