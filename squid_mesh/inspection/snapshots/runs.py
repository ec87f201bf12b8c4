"""The values of runs, triggers and clusters, JSON-ready by ``model_dump(mode="json")``, secrets masked."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from squid_mesh.inspection.snapshots.unreadable import UnreadableValue
from squid_mesh.lifecycle import (
    StepStatus,
    StoredEventType,
    StoredOutcome,
    StoredRunStatus,
    StoredStepStatus,
    StoredWaitingFor,
)
from squid_mesh.store.values import MissingCode


class _Snapshot(BaseModel):
    model_config = ConfigDict(frozen=True)


class AttemptSnapshot(_Snapshot):
    """One ended execution of a step. Times are aware; ``error`` has type, message and traceback.

    ``number`` counts the executions of the visit, from 1. ``kind`` is ``run`` for the step's own code.
    ``worker`` is the host and the process that executed it.
    """

    number: int
    kind: str
    worker: str
    started_at: datetime
    ended_at: datetime
    outcome: StoredOutcome
    error: dict[str, Any] | None


class DecisionSnapshot(_Snapshot):
    """One person's decision at an approval. ``data`` are the answers to its form, None without one.

    ``exit`` is what the person voted for, ``actor`` their name as the history shows it.
    """

    exit: str
    actor: str
    comment: str
    data: Any
    created_at: datetime


class StepSnapshot(_Snapshot):
    """One visit of a step. ``attempt`` is the number of the current or last execution, 0 before the first.

    ``status`` is ``pending`` before the run has reached the step. ``outcome`` is the label with which it
    ended, ``ok`` by default, and empty before. ``due_at`` is when a worker may execute it next, such as after
    a delay or at a deadline; None if no worker may. ``failures`` are the executions that count against the
    retry policy, ``crashes`` those whose worker was lost, ``deferrals`` those that asked to run again later.
    ``input`` are the arguments of the last execution, by parameter. ``error`` has ``type``, ``message``,
    ``traceback``, and ``code`` if the engine recognised it. ``attempts`` are there if the snapshot was asked
    for with its history.

    ``request`` is what the step asks of people, or has asked; ``decisions`` are their answers. While it waits
    for answers to a form, ``form_schema`` is the JSON schema to ask them by, which is the installed form's,
    and ``form_changes`` says how that differs from the request's. A visit that isn't ``current`` was taken
    back by a rewind. ``cut`` are the values of which only the beginning is here, with their size in
    characters.
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
    form_schema: dict[str, Any] | None = None
    form_changes: tuple[str, ...] = ()
    current: bool = True
    decisions: tuple[DecisionSnapshot, ...] = ()
    attempts: tuple[AttemptSnapshot, ...] = ()
    cut: dict[str, int] = {}


class EventSnapshot(_Snapshot):
    """One event of a run's history. ``actor`` is the name of the person, empty for the engine.

    ``sequence`` counts the events of the run, from 1. ``step`` is empty for an event of the whole run.
    ``comment`` is the reason or the comment that the person gave; ``data`` has keys of the event's type.

    ``unreadable`` are its stored values that this version can't read.
    """

    sequence: int
    type: StoredEventType
    step: str
    actor: str
    comment: str
    data: dict[str, Any]
    created_at: datetime
    unreadable: tuple[UnreadableValue, ...] = ()


class RunSummary(_Snapshot):
    """A run in a list. ``subject`` is (model label, primary key) of the project's object, if there is one.

    ``error`` is what failed it: that of the step, with ``step`` and ``outcome``, without the traceback.
    ``replay_of`` is the run that it repeats. ``started_at`` is when its first step was claimed.

    ``unreadable`` are the stored values that this version can't read, of all rows that were read for it.
    """

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
    unreadable: tuple[UnreadableValue, ...] = ()


class StartedRun(RunSummary):
    """The result of a start. ``existed``: the idempotency key was used before, and this is that run."""

    existed: bool = False


class RunSnapshot(RunSummary):
    """A run in full. ``state`` is the payload and the outputs of the completed steps, merged.

    ``schedule`` is that of a run that a cron trigger started, with the keys of ``ctx.schedule``.
    ``fingerprint`` names the definition that it runs by. ``steps`` are in the graph's order, each step's
    visits from the first to the last. ``events`` are there if the snapshot was asked for with its history.

    ``definition_problem`` is a sentence if this version can't read the run's definition. Then it isn't known
    which values are secret: payload, inputs and outputs are masked as a whole, ``state`` is empty, and
    ``steps`` are only those that the run has reached. ``cut`` has the payload's size in characters if only
    its beginning is here; what of it or of a step's ``cut`` output is missing is missing in the state, too.
    """

    payload: dict[str, Any]
    state: dict[str, Any]
    schedule: dict[str, Any] | None
    fingerprint: str
    steps: tuple[StepSnapshot, ...]
    events: tuple[EventSnapshot, ...] = ()
    definition_problem: str = ""
    cut: dict[str, int] = {}

    @property
    def is_cut(self) -> bool:
        """Whether it has only the beginning of some value."""
        return bool(self.cut) or any(step.cut for step in self.steps)

    def step(self, name: str) -> StepSnapshot:
        """Return the current visit of the step.

        Raises:
            KeyError: the workflow has no such step.
        """
        for step in self.steps:
            if step.name == name and step.current:
                return step
        raise KeyError(name)


class TriggerSnapshot(_Snapshot):
    """A cron trigger. Times are aware; ``expression`` and ``timezone`` are the effective ones.

    ``declared``: it is in the code. ``overridden``: operators have set them. ``drift`` says how code and row
    differ, empty if they agree. ``skipped_time`` is the last scheduled time that started no run, and
    ``skip_reason`` why. ``error`` is why the next scheduled time couldn't start its run yet.
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
    """A worker cluster. ``alive``: it has reported in the last 30 seconds.

    ``pid`` is its main process on that host. A stopped cluster isn't listed any more; a killed one is kept
    for a day. ``supervised``: ``squid_mesh worker`` runs it. ``unstarted_since``: since then no worker has
    started anything, although there is work and not all are busy. ``unhandled_since``: since then its monitor
    has handled no result, although there is one. ``missing`` is what it can't run: the steps whose code it
    doesn't have, and the definitions that it can't read.
    """

    name: str
    host: str
    pid: int
    workers: int
    version: str
    started_at: datetime
    seen_at: datetime
    alive: bool
    supervised: bool = False
    unstarted_since: datetime | None = None
    unhandled_since: datetime | None = None
    missing: tuple[MissingCode, ...] = ()

    @property
    def works(self) -> bool:
        """Return whether it is alive and starts steps."""
        return self.alive and self.unstarted_since is None

    def describe(self) -> str:
        """Return its name, host and main process as part of a sentence."""
        return f"{self.name} on {self.host} (process {self.pid})"


class Page(_Snapshot):
    """Some runs, and the ``after`` of the next page; None on the last page."""

    runs: tuple[RunSummary, ...]
    next: str | None
