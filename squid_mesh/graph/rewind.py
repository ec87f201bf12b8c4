"""Going back: which steps a rewind takes back, and what the run reaches then."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from squid_mesh.definitions.blueprint import Blueprint, Edge
from squid_mesh.graph.advance import Reached, follow
from squid_mesh.graph.ended import Visit, collect_ended
from squid_mesh.lifecycle import StepStatus, Unrecognized


class RepeatableVisit(Visit, Protocol):
    """A visit whose step may have run."""

    @property
    def crashes(self) -> int:
        """How many workers it has lost."""


def find_rewind(blueprint: Blueprint, name: str, label: str | None) -> Edge | None:
    """Return the rewind edge that a step with that label takes, if there is one."""
    edges = (edge for edge in blueprint.outgoing[name] if edge.rewind and edge.outcome == label)
    return next(edges, None)


def find_downstream(blueprint: Blueprint, name: str) -> tuple[str, ...]:
    """Return the step and all that a path leads to from it, in the graph's order; rewinds are no path."""
    return blueprint.paths.names_of(blueprint.paths.downstream(name))


def find_repeated(visits: Iterable[RepeatableVisit], blueprint: Blueprint) -> tuple[str, ...]:
    """Return the irreversible steps among them that completed, or may have: they run or lost a worker."""
    return tuple(dict.fromkeys(visit.name for visit in visits if may_repeat(visit, blueprint)))


def may_repeat(visit: RepeatableVisit, blueprint: Blueprint) -> bool:
    """Return whether the step is irreversible and completed, or may have: it runs or lost a worker."""
    done = visit.status in (StepStatus.COMPLETED, StepStatus.RUNNING) or bool(visit.crashes)
    return done and blueprint.by_name[visit.name].irreversible


def rewind_by_route(
    edge: Edge, blueprint: Blueprint, source: RepeatableVisit, others: Sequence[RepeatableVisit], last: int
) -> Reached:
    """Return what a rewind edge leads to, or that the run fails.

    ``source`` is the visit that has just ended, ``last`` the number of the target's last visit. A route never
    repeats an irreversible step, which only a person may allow, and never takes back a step with a status
    that a newer version wrote.
    """
    back = frozenset(find_downstream(blueprint, edge.target))
    repeated = find_repeated([visit for visit in (*others, source) if visit.name in back], blueprint)
    text = f"Step {source.name} ended with {source.outcome!r}, which goes back to {edge.target}"
    if edge.max_visits is not None and last >= edge.max_visits:
        message = f"{text}, but {edge.target} has had its {last} visits."
        return Reached(failed=True, cause={"type": "Rewind", "code": "max_visits", "message": message})
    newer = [visit.name for visit in others if visit.name in back and isinstance(visit.status, Unrecognized)]
    if newer:
        message = f"{text}, but a newer version wrote the status of {', '.join(newer)}."
        return Reached(failed=True, cause={"type": "Rewind", "code": "newer_version", "message": message})
    if repeated:
        message = f"{text}, but that would repeat irreversible steps: {', '.join(repeated)}."
        cause = {
            "type": "Rewind",
            "code": "irreversible_steps",
            "message": message,
            "steps": list(repeated),
        }
        return Reached(failed=True, cause=cause)
    return rewind_to(edge.target, blueprint, others)


def rewind_to(target: str, blueprint: Blueprint, visits: Iterable[Visit]) -> Reached:
    """Return what going back to a step leads to: it is ready, and so are joins that other paths satisfy."""
    back = find_downstream(blueprint, target)
    taken = frozenset(back)
    kept = [visit for visit in visits if visit.name not in taken]
    ended = collect_ended(blueprint, kept)
    reached = follow(blueprint, ended.labels, {target, *(visit.name for visit in kept)}, ended.labels)
    return replace(reached, ready=(target, *reached.ready), taken_back=back)
