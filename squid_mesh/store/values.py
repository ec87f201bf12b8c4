"""What the engine hands to the store and gets back from it: plain values, no rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from squid_mesh.lifecycle import AttemptOutcome, EventType, RunStatus, StepStatus, WaitingFor

Json = None | bool | int | float | str | list[Any] | dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHead:
    """What a worker needs to know of a run."""

    id: UUID
    workflow: str
    fingerprint: str
    trigger: str
    payload: Mapping[str, Any]
    schedule: Mapping[str, Any] | None
    trace: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A step that a worker holds. Whoever doesn't know the token can't settle it.

    ``request`` is what it has asked of people, where its deadline brought it back.
    """

    step_id: int
    run_id: UUID
    name: str
    visit: int
    token: UUID
    worker: str
    attempt: int
    failures: int = 0
    crashes: int = 0
    deferrals: int = 0
    waited_for: str = ""
    request: Mapping[str, Any] | None = None
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A step claimed from the table, its run, and what both were before."""

    claim: Claim
    head: RunHead
    step_before: StepStatus
    run_before: RunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class StepChange:
    """What becomes of a claimed step. ``delay`` is in seconds from now; None: it isn't due again.

    ``attempt_outcome`` None: no attempt was made, and the number goes to the next one. ``request`` None
    leaves what the step has asked before.
    """

    status: StepStatus
    outcome: str = ""
    waiting_for: WaitingFor | None = None
    delay: float | None = None
    failures: int = 0
    deferrals: int = 0
    input: Json = None
    output: Json = None
    error: Json = None
    request: Json = None
    attempt_outcome: AttemptOutcome | None = None
    attempt_error: Json = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStep:
    """A step that the run reaches now. With a ``token`` it is born claimed by the settling worker."""

    name: str
    status: StepStatus
    token: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An audit event to append. ``actor_id`` is the user's primary key, where there is a user."""

    type: EventType
    step: str = ""
    actor_id: Any = None
    actor_text: str = ""
    comment: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """All that one settle writes, at once or not at all.

    Where the run's status isn't ``expect`` or the claim's token is gone, nothing is written. ``run_status``
    None: the run stays as it is. ``lease`` is in seconds, for a step born claimed. ``ring``: other workers
    are to look for work once this is committed.
    """

    claim: Claim
    change: StepChange
    lease: float
    expect: RunStatus = RunStatus.RUNNING
    new_steps: Sequence[NewStep] = ()
    run_status: RunStatus | None = None
    run_error: Json = None
    events: Sequence[Event] = ()
    ring: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a settle brought: the next claim, where one was asked for, and the visit of each new step."""

    next: Claim | None = None
    visits: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """What is known of one visit of a step while its run is being advanced."""

    id: int
    name: str
    visit: int
    current: bool
    status: StepStatus
    outcome: str
    waiting_for: str
    crashes: int
    token: UUID | None
    request: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """A run to start. ``blueprint`` is JSON text; ``entries``, its first steps, are due at ``start_at``."""

    id: UUID
    workflow: str
    trigger: str
    fingerprint: str
    blueprint: str
    payload: Mapping[str, Any]
    entries: Sequence[str]
    events: Sequence[Event]
    idempotency_key: str | None = None
    subject_type: str = ""
    subject_id: str = ""
    tags: Sequence[str] = ()
    start_at: datetime | None = None
    schedule: Mapping[str, Any] | None = None
    replay_of: UUID | None = None
    trace: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prunable:
    """Runs of one workflow and status that are older than asked for. ``oldest`` is when the first ended."""

    workflow: str
    status: RunStatus
    runs: int
    oldest: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """How many rows are gone, by table."""

    runs: int = 0
    steps: int = 0
    attempts: int = 0
    decisions: int = 0
    events: int = 0
    definitions: int = 0

    def __add__(self, other: Removed) -> Removed:
        """Both together."""
        return Removed(**{name: getattr(self, name) + getattr(other, name) for name in self.__slots__})
