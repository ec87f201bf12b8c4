"""All that an explanation is made of, read at one moment: nothing that judges it asks the database again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from squid_mesh.definitions.blueprint import Blueprint
from squid_mesh.definitions.request import Request
from squid_mesh.graph.ended import collect_ended, has_ended, taken_label
from squid_mesh.inspection.snapshots.runs import ClusterSnapshot, EventSnapshot
from squid_mesh.lifecycle import RunStatus, StepStatus, WaitingFor


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFact:
    """One visit of a step, as its row has it."""

    id: int
    name: str
    visit: int
    current: bool
    status: StepStatus
    outcome: str
    waiting_for: str
    due_at: datetime | None
    lease_until: datetime | None
    worker: str
    attempt: int
    failures: int
    crashes: int
    deferrals: int
    error: Mapping[str, Any] | None
    request: Mapping[str, Any] | None
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def label(self) -> str | None:
        """The label whose edges it has taken; None for one that isn't over or takes none."""
        return taken_label(self.status, self.outcome)

    @property
    def over(self) -> bool:
        """Whether nothing more happens to it by itself."""
        return has_ended(self.status)

    @property
    def asked(self) -> Request | None:
        """What it asks of people now, if it does."""
        if self.request is None or self.waiting_for not in (WaitingFor.APPROVAL, WaitingFor.PAUSE):
            return None
        return Request.model_validate(self.request)


@dataclass(frozen=True, slots=True, kw_only=True)
class Somebody:
    """A user as the history has them: the primary key as text, and the names they go by."""

    key: str
    username: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """What somebody has said at an approval."""

    by: Somebody
    exit: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Facts:
    """A run at the moment ``now`` of the database's clock. ``steps`` are all visits.

    ``names`` are the usernames of people who are assigned by key. ``votes`` are by step id, and so is
    ``excuses``: why a step asked to run again later. ``events`` are the latest, and what the run was started
    and cancelled by; ``starter`` is the user who started it.
    """

    run_id: UUID
    workflow: str
    trigger: str
    status: RunStatus
    error: Mapping[str, Any] | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    now: datetime
    blueprint: Blueprint
    steps: tuple[StepFact, ...]
    events: tuple[EventSnapshot, ...] = ()
    starter: Somebody | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    votes: Mapping[int, tuple[Vote, ...]] = field(default_factory=dict)
    excuses: Mapping[int, str] = field(default_factory=dict)
    clusters: tuple[ClusterSnapshot, ...] = ()

    @cached_property
    def current(self) -> Mapping[str, StepFact]:
        """The current visit of each step that the run has reached, in the graph's order."""
        found = {step.name: step for step in self.steps if step.current}
        return {name: found[name] for name in self.blueprint.order if name in found}

    @cached_property
    def culprits(self) -> tuple[StepFact, ...]:
        """The steps that fail the run."""
        return tuple(collect_ended(self.blueprint, self.current.values()).failing)

    @cached_property
    def alive(self) -> int:
        """How many clusters execute workflows."""
        return sum(cluster.alive for cluster in self.clusters)

    def due(self, moment: datetime | None) -> bool:
        """Whether the moment has come."""
        return moment is not None and moment <= self.now

    def since(self, moment: datetime | None) -> timedelta:
        """How long ago it was."""
        return self.now - moment if moment is not None else timedelta()
