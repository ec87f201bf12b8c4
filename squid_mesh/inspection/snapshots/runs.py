"""What inspection gives: frozen values, JSON-ready by ``model_dump(mode="json")``, secrets masked."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from squid_mesh.lifecycle import (
    StepStatus,
    StoredEventType,
    StoredOutcome,
    StoredRunStatus,
    StoredStepStatus,
    StoredWaitingFor,
)


class _Snapshot(BaseModel):
    model_config = ConfigDict(frozen=True)


class AttemptSnapshot(_Snapshot):
    """One execution of a step that is over. Times are aware; ``error`` has type, message and traceback."""

    number: int
    kind: str
    worker: str
    started_at: datetime
    ended_at: datetime
    outcome: StoredOutcome
    error: dict[str, Any] | None


class DecisionSnapshot(_Snapshot):
    """One person's word at an approval. ``data`` are the answers to its form."""

    exit: str
    actor: str
    comment: str
    data: Any
    created_at: datetime


class StepSnapshot(_Snapshot):
    """One visit of a step. ``attempt`` is the number of the current or last execution, 0 before the first.

    ``request`` is what the step asks of people, or has asked; ``decisions`` are what they have said. A visit
    that isn't ``current`` was taken back by a rewind.
    """

    name: str
    visit: int = 1
    status: StoredStepStatus = StepStatus.PENDING
    outcome: str = ""
    waiting_for: StoredWaitingFor | None = None
    due_at: datetime | None = None
    attempt: int = 0
    failures: int = 0
    crashes: int = 0
    deferrals: int = 0
    worker: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    input: Any = None
    output: Any = None
    error: dict[str, Any] | None = None
    request: dict[str, Any] | None = None
    current: bool = True
    decisions: tuple[DecisionSnapshot, ...] = ()
    attempts: tuple[AttemptSnapshot, ...] = ()


class EventSnapshot(_Snapshot):
    """One decision about a run. ``actor`` is the name of who acted, empty for the engine."""

    sequence: int
    type: StoredEventType
    step: str
    actor: str
    comment: str
    data: dict[str, Any]
    created_at: datetime


class RunSummary(_Snapshot):
    """A run in a list. ``subject`` is (model label, primary key) of the host's object, if it has one."""

    id: UUID
    workflow: str
    trigger: str
    status: StoredRunStatus
    error: dict[str, Any] | None
    idempotency_key: str | None
    subject: tuple[str, str] | None
    tags: tuple[str, ...]
    replay_of: UUID | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class StartedRun(RunSummary):
    """What a start gives. ``existed``: its idempotency key was taken, and this is the run that has it."""

    existed: bool = False


class RunSnapshot(RunSummary):
    """A run in full. ``state`` is the payload and the outputs of the completed steps, merged.

    ``definition_problem`` is a sentence if this version can't read the run's definition. Then it isn't known
    which values are secret: payload, inputs and outputs are masked as a whole, ``state`` is empty, and
    ``steps`` are only those that the run has reached.
    """

    payload: dict[str, Any]
    state: dict[str, Any]
    schedule: dict[str, Any] | None
    fingerprint: str
    steps: tuple[StepSnapshot, ...]
    events: tuple[EventSnapshot, ...] = ()
    definition_problem: str = ""

    def step(self, name: str) -> StepSnapshot:
        """The current visit of the step of that name.

        Raises:
            KeyError: the workflow has no such step.
        """
        for step in self.steps:
            if step.name == name and step.current:
                return step
        raise KeyError(name)


class TriggerSnapshot(_Snapshot):
    """A cron trigger. Times are aware; ``expression`` and ``timezone`` are those that count.

    ``declared``: it is in the code. ``overridden``: operators have set them. ``drift`` says in which way code
    and row differ, empty where they don't. ``skipped_time`` is the last window that started no run, and
    ``skip_reason`` why. ``error`` is why the next window couldn't start its run yet.
    """

    workflow: str
    name: str
    expression: str
    timezone: str
    catch_up: str
    overlap: str
    enabled: bool
    declared: bool = True
    overridden: bool = False
    drift: str = ""
    next_time: datetime | None = None
    last_time: datetime | None = None
    last_fired_at: datetime | None = None
    last_run: UUID | None = None
    skipped_time: datetime | None = None
    skip_reason: str = ""
    error: str = ""
    changed_by: str = ""
    changed_at: datetime | None = None


class ClusterSnapshot(_Snapshot):
    """A cluster that executes workflows. ``alive``: it has shown itself in the last 30 seconds.

    ``pid`` is the process that a supervisor started on that host. One that ended as it was asked to isn't
    listed any more; one that was killed is for a day.
    """

    name: str
    host: str
    pid: int
    workers: int
    version: str
    started_at: datetime
    seen_at: datetime
    alive: bool


class Page(_Snapshot):
    """Some runs, and what to give as ``after`` for those that follow; None on the last page."""

    runs: tuple[RunSummary, ...]
    next: str | None
