"""How steps end: which statuses are ends, which edges an end takes, and which ends fail the run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from squid_mesh.definitions.blueprint import ERROR, FAIL, OK, Blueprint
from squid_mesh.lifecycle import ENDED_STEP, StepStatus, StoredStepStatus


class Visit(Protocol):
    """One visit of a step, as far as these rules read it: a row or a snapshot of it."""

    @property
    def name(self) -> str:
        """The step."""

    @property
    def status(self) -> StoredStepStatus:
        """Its status."""

    @property
    def outcome(self) -> str:
        """The label that it ended with, empty without one."""


VisitT = TypeVar("VisitT", bound=Visit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended(Generic[VisitT]):
    """The steps of a run that have ended: ``labels`` by name, and those that fail the run.

    ``failing`` steps have no label: nothing follows from them until a person acts on them.
    """

    labels: Mapping[str, str | None]
    failing: Sequence[VisitT]


def has_ended(status: StoredStepStatus) -> bool:
    """Return whether a step of that status is finished."""
    return status in ENDED_STEP


def taken_label(status: StoredStepStatus, outcome: str) -> str | None:
    """Return the label whose edges a step takes; None if it takes none, or hasn't ended."""
    if status in (StepStatus.COMPLETED, StepStatus.FAILED):
        return outcome
    return OK if status is StepStatus.BYPASSED else None


def fails_run(blueprint: Blueprint, name: str, label: str | None) -> bool:
    """Return whether a step with that label fails its run: an error on no edge, or an edge to ``fail``."""
    targets = [edge.target for edge in blueprint.outgoing[name] if edge.outcome == label]
    return FAIL in targets or (label == ERROR and not targets)


def collect_ended(blueprint: Blueprint, visits: Iterable[VisitT]) -> Ended[VisitT]:
    """Return what the current visits have ended with."""
    labels: dict[str, str | None] = {}
    failing: list[VisitT] = []
    for visit in visits:
        if not has_ended(visit.status):
            continue
        label = taken_label(visit.status, visit.outcome)
        if fails_run(blueprint, visit.name, label):
            failing.append(visit)
        else:
            labels[visit.name] = label
    return Ended(labels=labels, failing=failing)
