"""The statuses of runs and steps, why steps wait, how attempts end, audit events; and all legal moves."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final, TypeVar

from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from squid_mesh.exceptions import IllegalMove


class RunStatus(StrEnum):
    """The status of a run. ``paused`` always means that a person is needed."""

    PENDING = "pending"
    RUNNING = "running"
    RETRYING = "retrying"
    WAITING = "waiting"
    PAUSED = "paused"
    FAILING = "failing"
    CANCELLING = "cancelling"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class StepStatus(StrEnum):
    """The status of a step. A ``pending`` step has no row: the run hasn't reached it."""

    PENDING = "pending"
    READY = "ready"
    RUNNING = "running"
    WAITING = "waiting"
    PAUSED = "paused"
    UNKNOWN = "unknown"
    COMPLETED = "completed"
    FAILED = "failed"
    SKIPPED = "skipped"
    BYPASSED = "bypassed"
    CANCELLED = "cancelled"


class WaitingFor(StrEnum):
    """What a ``waiting``, ``paused`` or ``unknown`` step waits for."""

    RETRY = "retry"
    TIMER = "timer"
    DEFER = "defer"
    CODE = "code"
    UNREADABLE_ROW = "unreadable_row"
    CRASH_CAP = "crash_cap"
    OUTCOME = "outcome"
    APPROVAL = "approval"
    PAUSE = "pause"


class AttemptOutcome(StrEnum):
    """How one attempt ended."""

    COMPLETED = "completed"
    BYPASSED = "bypassed"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    DEFERRED = "deferred"
    WAITING = "waiting"
    INTERRUPTED = "interrupted"


class EventType(StrEnum):
    """What a run's history records: one member for each kind of audit event."""

    RUN_STARTED = "run_started"
    RUN_REPLAYED = "run_replayed"
    RUN_REOPENED = "run_reopened"
    RUN_COMPLETED = "run_completed"
    RUN_FAILING = "run_failing"
    RUN_FAILED = "run_failed"
    RUN_CANCELLING = "run_cancelling"
    RUN_CANCELLED = "run_cancelled"
    PAUSED = "paused"
    RESUMED = "resumed"
    APPROVAL_REQUESTED = "approval_requested"
    VOTED = "voted"
    APPROVED = "approved"
    REJECTED = "rejected"
    DECIDED = "decided"
    ESCALATED = "escalated"
    APPROVAL_TIMED_OUT = "approval_timed_out"
    REWOUND = "rewound"
    STEP_RETRIED = "step_retried"
    STEP_SKIPPED = "step_skipped"
    STEP_RESOLVED = "step_resolved"
    ATTEMPT_INTERRUPTED = "attempt_interrupted"
    OUTCOME_UNKNOWN = "outcome_unknown"
    CRASH_CAP_REACHED = "crash_cap_reached"
    CODE_MISSING = "code_missing"
    UNREADABLE_ROW = "unreadable_row"
    ROUTED_TO_COMPENSATION = "routed_to_compensation"
    ROUTED_TO_UNDO = "routed_to_undo"
    COMMENTED = "commented"
    SECRETS_REVEALED = "secrets_revealed"


class Unrecognized(str):
    """A stored value that this version doesn't know, because a newer version wrote the row.

    It is the text itself, so it can be shown and compared, and it equals no member of an enum.
    """

    __slots__ = ()

    @property
    def value(self) -> str:
        """The stored text, as on the members of an enum."""
        return str(self)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        text = core_schema.no_info_after_validator_function(cls, core_schema.str_schema())
        instance = core_schema.is_instance_schema(cls)
        return core_schema.json_or_python_schema(
            text, instance, serialization=core_schema.to_string_ser_schema()
        )


#: What a row of this or a newer version may store.
StoredRunStatus = Annotated[RunStatus | Unrecognized, Field(union_mode="left_to_right")]
StoredStepStatus = Annotated[StepStatus | Unrecognized, Field(union_mode="left_to_right")]
StoredWaitingFor = Annotated[WaitingFor | Unrecognized, Field(union_mode="left_to_right")]
StoredOutcome = Annotated[AttemptOutcome | Unrecognized, Field(union_mode="left_to_right")]
StoredEventType = Annotated[EventType | Unrecognized, Field(union_mode="left_to_right")]

_Member = TypeVar("_Member", bound=StrEnum)


def read_value(members: type[_Member], stored: str) -> _Member | Unrecognized:
    """Return the enum's member of that stored text, or the text as :class:`Unrecognized`."""
    try:
        return members(stored)
    except ValueError:
        return Unrecognized(stored)


def read_waiting_for(stored: str) -> StoredWaitingFor | None:
    """Return what a step waits for, as :func:`read_value` does; None for the empty text, which is nothing."""
    return read_value(WaitingFor, stored) if stored else None


#: The event that records a run's move to a status; other moves are not recorded.
RUN_EVENTS: Final[Mapping[RunStatus, EventType]] = {
    RunStatus.COMPLETED: EventType.RUN_COMPLETED,
    RunStatus.FAILING: EventType.RUN_FAILING,
    RunStatus.FAILED: EventType.RUN_FAILED,
    RunStatus.CANCELLING: EventType.RUN_CANCELLING,
    RunStatus.CANCELLED: EventType.RUN_CANCELLED,
}

#: Statuses in which a run may start steps.
ACTIVE_RUN: Final = frozenset(
    {RunStatus.PENDING, RunStatus.RUNNING, RunStatus.RETRYING, RunStatus.WAITING, RunStatus.PAUSED}
)
#: Statuses in which a run only waits for its running steps to end.
ENDING_RUN: Final = frozenset({RunStatus.FAILING, RunStatus.CANCELLING})
#: Statuses of a finished run: only a person can move it to another one.
FINISHED_RUN: Final = frozenset({RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED})

#: Statuses of a step that hasn't ended.
OPEN_STEP: Final = frozenset(
    {
        StepStatus.READY,
        StepStatus.RUNNING,
        StepStatus.WAITING,
        StepStatus.PAUSED,
        StepStatus.UNKNOWN,
    }
)

#: Statuses of a step that has ended.
ENDED_STEP: Final = frozenset(
    {
        StepStatus.COMPLETED,
        StepStatus.FAILED,
        StepStatus.SKIPPED,
        StepStatus.BYPASSED,
        StepStatus.CANCELLED,
    }
)

_ANY_END: Final = ENDING_RUN | FINISHED_RUN

RUN_MOVES: Final[Mapping[RunStatus, frozenset[RunStatus]]] = {
    RunStatus.PENDING: (ACTIVE_RUN | _ANY_END) - {RunStatus.PENDING},
    RunStatus.RUNNING: (ACTIVE_RUN | _ANY_END) - {RunStatus.PENDING, RunStatus.RUNNING},
    RunStatus.RETRYING: (ACTIVE_RUN | _ANY_END) - {RunStatus.PENDING, RunStatus.RETRYING},
    RunStatus.WAITING: (ACTIVE_RUN | _ANY_END) - {RunStatus.PENDING, RunStatus.WAITING},
    RunStatus.PAUSED: (ACTIVE_RUN | _ANY_END) - {RunStatus.PENDING, RunStatus.PAUSED},
    RunStatus.FAILING: frozenset({RunStatus.FAILED}),
    RunStatus.CANCELLING: frozenset({RunStatus.CANCELLED}),
    RunStatus.COMPLETED: frozenset(),
    RunStatus.FAILED: frozenset(),
    RunStatus.CANCELLED: frozenset(),
}

_STEP_ENDS: Final = frozenset(
    {StepStatus.COMPLETED, StepStatus.FAILED, StepStatus.BYPASSED, StepStatus.CANCELLED}
)

STEP_MOVES: Final[Mapping[StepStatus, frozenset[StepStatus]]] = {
    StepStatus.PENDING: frozenset({StepStatus.READY, StepStatus.RUNNING, StepStatus.SKIPPED}),
    StepStatus.READY: frozenset({StepStatus.RUNNING, StepStatus.CANCELLED}),
    StepStatus.RUNNING: _STEP_ENDS
    | {StepStatus.READY, StepStatus.WAITING, StepStatus.PAUSED, StepStatus.UNKNOWN},
    StepStatus.WAITING: frozenset({StepStatus.RUNNING, StepStatus.CANCELLED}),
    StepStatus.PAUSED: frozenset({StepStatus.RUNNING, StepStatus.CANCELLED}),
    StepStatus.UNKNOWN: frozenset({StepStatus.CANCELLED}),
    StepStatus.COMPLETED: frozenset(),
    StepStatus.FAILED: frozenset(),
    StepStatus.SKIPPED: frozenset(),
    StepStatus.BYPASSED: frozenset(),
    StepStatus.CANCELLED: frozenset(),
}

#: Moves that only people make. The engine never leaves the status of a finished run.
MANUAL_RUN_MOVES: Final[Mapping[RunStatus, frozenset[RunStatus]]] = {
    RunStatus.COMPLETED: frozenset({RunStatus.RUNNING}),
    RunStatus.FAILED: frozenset({RunStatus.RUNNING}),
}
_BY_HAND: Final = frozenset({StepStatus.COMPLETED, StepStatus.FAILED, StepStatus.BYPASSED})

MANUAL_STEP_MOVES: Final[Mapping[StepStatus, frozenset[StepStatus]]] = {
    StepStatus.READY: frozenset({StepStatus.BYPASSED}),
    StepStatus.WAITING: _BY_HAND | {StepStatus.READY},
    StepStatus.PAUSED: _BY_HAND | {StepStatus.READY},
    StepStatus.UNKNOWN: _BY_HAND | {StepStatus.READY},
    StepStatus.FAILED: frozenset({StepStatus.READY, StepStatus.BYPASSED, StepStatus.COMPLETED}),
    StepStatus.CANCELLED: frozenset({StepStatus.READY}),
}


def status_before_claim(waited_for: StoredWaitingFor | None) -> StepStatus:
    """Return the status that a claimed step had, by what it waited for."""
    match waited_for:
        case None:
            return StepStatus.READY
        case WaitingFor.RETRY | WaitingFor.TIMER | WaitingFor.DEFER:
            return StepStatus.WAITING
        case WaitingFor.OUTCOME:
            return StepStatus.UNKNOWN
        case _:
            return StepStatus.PAUSED


def after_lost_worker(
    run: RunStatus, *, on_crash: str, crashes: int, cap: int
) -> tuple[StepStatus, WaitingFor | None]:
    """Return the status of a step whose worker was lost, and what it waits for then.

    ``on_crash`` is the step's own; ``crashes`` counts the workers that the step has lost, this one included.
    """
    if on_crash == "pause":
        return StepStatus.UNKNOWN, WaitingFor.OUTCOME
    if run in ENDING_RUN:
        return StepStatus.CANCELLED, None
    if crashes >= cap:
        return StepStatus.PAUSED, WaitingFor.CRASH_CAP
    return StepStatus.READY, None


def move_run(before: RunStatus, after: RunStatus) -> RunStatus:
    """Return ``after`` if a run may move to it from ``before``.

    Raises:
        IllegalMove: the table has no such move.
    """
    if after not in RUN_MOVES[before]:
        raise IllegalMove(f"A run can't go from {before} to {after}.", before=before, after=after)
    return after


def move_step(before: StepStatus, after: StepStatus) -> StepStatus:
    """Return ``after`` if a step may move to it from ``before``.

    Raises:
        IllegalMove: the table has no such move.
    """
    if after not in STEP_MOVES[before]:
        raise IllegalMove(f"A step can't go from {before} to {after}.", before=before, after=after)
    return after


def reopen_run(before: RunStatus, after: RunStatus = RunStatus.RUNNING) -> RunStatus:
    """Return ``after`` if a person may move a finished run to it.

    Raises:
        IllegalMove: the table has no such move.
    """
    if after not in MANUAL_RUN_MOVES.get(before, ()):
        raise IllegalMove(f"A run can't be reopened from {before} to {after}.", before=before, after=after)
    return after


def move_step_by_hand(before: StoredStepStatus, after: StepStatus) -> StepStatus:
    """Return ``after`` if a person may move a step to it that no worker holds.

    Raises:
        IllegalMove: the table has no such move.
    """
    if isinstance(before, Unrecognized) or after not in MANUAL_STEP_MOVES.get(before, ()):
        raise IllegalMove(f"A person can't move a step from {before} to {after}.", before=before, after=after)
    return after
