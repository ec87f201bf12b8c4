"""The facts of a run, read at one moment: the reasons are computed from them without further queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from squid_mesh.definitions.blueprint import Blueprint
from squid_mesh.definitions.request import Request, read_request
from squid_mesh.graph.ended import collect_ended, has_ended, taken_label
from squid_mesh.inspection.snapshots.runs import ClusterSnapshot, EventSnapshot
from squid_mesh.inspection.snapshots.unreadable import UnreadableValue
from squid_mesh.lifecycle import (
    StoredRunStatus,
    StoredStepStatus,
    StoredWaitingFor,
    Unrecognized,
    WaitingFor,
)
from squid_mesh.store.definitions import UnreadableBlueprint
from squid_mesh.store.values import MissingCode


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFact:
    """One visit of a step, from its row. ``unreadable`` are the values of it that can't be read."""

    id: int
    name: str
    visit: int
    current: bool
    status: StoredStepStatus
    outcome: str
    waiting_for: StoredWaitingFor | None
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
    unreadable: tuple[UnreadableValue, ...] = ()

    @property
    def label(self) -> str | None:
        """The label whose edges the run took from here; None before its end, or if it takes no edge."""
        return taken_label(self.status, self.outcome)

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        return has_ended(self.status)

    @property
    def asked(self) -> Request | None:
        """What it asks of people now; None if it asks nothing, or this version can't read what it asks."""
        if self.request is None or self.waiting_for not in (WaitingFor.APPROVAL, WaitingFor.PAUSE):
            return None
        return read_request(self.request)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A user as the history stores them: the primary key as text, and the name."""

    key: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """One person's vote at an approval."""

    by: Person
    exit: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableRun:
    """A run with a definition that this version can't read, so that little can be said about it."""

    run_id: UUID
    workflow: str
    status: StoredRunStatus
    problem: UnreadableBlueprint
    events: tuple[EventSnapshot, ...] = ()
    clusters: tuple[ClusterSnapshot, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Facts:
    """A run at the moment ``now`` of the database's clock.

    ``steps`` are the current visits, and for all earlier ones with the same step and status one that stands
    for them: there may be thousands.
    ``unreadable`` are the values of the rows of the run and of its events that can't be read.
    ``names`` are what :func:`find_usernames` returns. ``votes`` and ``defer_reasons`` (why a step deferred
    itself) are by step id. ``events`` are the latest ones, and those that started and cancelled the run;
    ``starter`` is the user who started it.
    """

    run_id: UUID
    workflow: str
    trigger: str
    status: StoredRunStatus
    error: Mapping[str, Any] | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    now: datetime
    blueprint: Blueprint
    steps: tuple[StepFact, ...]
    events: tuple[EventSnapshot, ...] = ()
    starter: Person | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    votes: Mapping[int, tuple[Vote, ...]] = field(default_factory=dict)
    defer_reasons: Mapping[int, str] = field(default_factory=dict)
    unreadable: tuple[UnreadableValue, ...] = ()
    clusters: tuple[ClusterSnapshot, ...] = ()

    @cached_property
    def current(self) -> Mapping[str, StepFact]:
        """The current visit of each step that the run has reached, in the graph's order."""
        found = {step.name: step for step in self.steps if step.current}
        return {name: found[name] for name in self.blueprint.order if name in found}

    @cached_property
    def failing_steps(self) -> frozenset[str]:
        """The names of the steps that fail the run."""
        failing = collect_ended(self.blueprint, self.current.values()).failing
        return frozenset(step.name for step in failing)

    @property
    def has_unknown_status(self) -> bool:
        """Whether the run or one of its steps has a status that this version doesn't know."""
        statuses = (self.status, *(step.status for step in self.steps))
        return any(isinstance(status, Unrecognized) for status in statuses)

    @cached_property
    def alive(self) -> int:
        """How many worker clusters are running and start steps."""
        return sum(cluster.works for cluster in self.clusters)

    @cached_property
    def stalled(self) -> int:
        """How many worker clusters are running, but start no steps."""
        return sum(cluster.alive for cluster in self.clusters) - self.alive

    def find_clusters_without(self, step: StepFact) -> tuple[ClusterSnapshot, ...]:
        """Return the worker clusters that start steps, but not this one, because they don't have its code."""
        own = self.blueprint.by_name[step.name]
        needed = [
            MissingCode(definition=self.blueprint.fingerprint, step=step.name, path=path)
            for path in (own.target, own.when or "")
        ]
        return tuple(
            cluster
            for cluster in self.clusters
            if cluster.works and any(one.includes(code) for one in cluster.missing for code in needed)
        )

    def is_due(self, moment: datetime | None) -> bool:
        """Return whether that time has passed."""
        return moment is not None and moment <= self.now

    def elapsed(self, moment: datetime | None) -> timedelta:
        """Return the time since then; zero for None."""
        return self.now - moment if moment is not None else timedelta()
