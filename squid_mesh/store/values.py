"""The values that the engine gives to the store and gets from it: no rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from squid_mesh.lifecycle import (
    AttemptOutcome,
    EventType,
    RunStatus,
    StepStatus,
    StoredStepStatus,
    StoredWaitingFor,
    WaitingFor,
)

#: The paths of secrets in a stored value, each a list of its parts; None if there is none.
SecretPaths = list[list[str]] | None

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
    secrets: SecretPaths = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A step that a worker holds, and can settle because it knows the token.

    ``request`` is what the step asked of people, if its deadline has passed.
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
    waited_for: StoredWaitingFor | None = None
    request: Mapping[str, Any] | None = None
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A step just claimed, its run, and the status that each had before."""

    claim: Claim
    head: RunHead
    step_before: StepStatus
    run_before: RunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class StepChange:
    """The columns that settling gives to a claimed step. ``delay`` is in seconds; None: it isn't due again.

    Without an ``attempt_outcome`` no attempt was made, and the next one gets its number. Without a
    ``request`` the step keeps the one that it has. ``forgotten_attempt`` is the number of an attempt that is
    deleted if it was deferred.
    """

    status: StepStatus
    outcome: str = ""
    waiting_for: WaitingFor | None = None
    delay: float | None = None
    failures: int = 0
    deferrals: int = 0
    input: Json = None
    output: Json = None
    secrets: SecretPaths = None
    error: Json = None
    request: Json = None
    attempt_outcome: AttemptOutcome | None = None
    attempt_error: Json = None
    forgotten_attempt: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStep:
    """A step that the run reaches now. With a ``token`` the settling worker has claimed it already."""

    name: str
    status: StepStatus
    token: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An audit event to append. ``actor_key`` is the user's primary key as text, if a user acted."""

    type: EventType
    step: str = ""
    actor_key: str = ""
    actor_text: str = ""
    comment: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """All that one settle writes, in one transaction.

    Nothing is written if the run's status isn't ``expect`` or the claim is lost. Without a ``run_status`` the
    run keeps its own. ``lease`` is in seconds, for a new step that is claimed. ``notify``: other workers find
    work once this is committed.
    """

    claim: Claim
    change: StepChange
    lease: float
    expect: RunStatus = RunStatus.RUNNING
    new_steps: Sequence[NewStep] = ()
    run_status: RunStatus | None = None
    run_error: Json = None
    events: Sequence[Event] = ()
    notify: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a settle wrote: the claim of the new step with a token, and the visit of each new step by name."""

    next: Claim | None = None
    visits: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """One visit of a step, without its data."""

    id: int
    name: str
    visit: int
    current: bool
    status: StoredStepStatus
    outcome: str
    waiting_for: StoredWaitingFor | None
    crashes: int
    token: UUID | None
    request: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOutput:
    """How the current visit of a step stands, and its output. ``id`` is its row's."""

    id: int
    status: StoredStepStatus
    outcome: str
    output: Json
    secrets: SecretPaths = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DueWork:
    """``steps``: how many are due, up to the limit asked for. ``expired``: some lease has expired.

    ``next_in``: seconds until a later step is due; None if there is none.
    """

    steps: int
    expired: bool
    next_in: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingCode:
    """What a cluster can't run: the step of a definition whose code, at ``path``, it doesn't have.

    Without a ``step`` it can't read the definition, which is named by its fingerprint.
    """

    definition: str
    step: str = ""
    path: str = ""

    def includes(self, other: MissingCode) -> bool:
        """Return whether a cluster that misses this can't run the other one either."""
        if self.path and self.path == other.path:
            return True
        return self.definition == other.definition and self.step in ("", other.step)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRun:
    """A run to start. ``blueprint`` is JSON text; ``entries``, its first steps, are due at ``start_at``."""

    id: UUID
    workflow: str
    trigger: str
    fingerprint: str
    format: int
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
    secrets: SecretPaths = None
    by_default: list[list[str]] | None = None
    trace: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prunable:
    """How many runs of one workflow and status can be pruned. ``oldest``: when the first of them ended."""

    workflow: str
    status: RunStatus
    runs: int
    oldest: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedRun:
    """A run that can't be deleted. ``reason`` names the rows that refer to it, or the error."""

    id: UUID
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """How many rows were deleted, by table.

    ``skipped`` is the number of runs that couldn't be deleted, and ``skipped_runs`` are the first hundred.
    """

    runs: int = 0
    steps: int = 0
    attempts: int = 0
    decisions: int = 0
    events: int = 0
    definitions: int = 0
    skipped: int = 0
    skipped_runs: tuple[SkippedRun, ...] = ()

    def __add__(self, other: Removed) -> Removed:
        """Return the sums."""
        return Removed(**{name: getattr(self, name) + getattr(other, name) for name in self.__slots__})
