"""What an explanation says: why a run is where it is, what comes next, and who may do what. Values only."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from squid_mesh.actions import Action
from squid_mesh.inspection.snapshots.runs import EventSnapshot
from squid_mesh.lifecycle import RunStatus


class Reason(StrEnum):
    """Why a run or a step is where it is; ``docs/explaining.md`` has a line on each."""

    PENDING_DISPATCH = "pending_dispatch"
    STEP_SCHEDULED = "step_scheduled"
    STEP_RUNNING = "step_running"
    STEP_OVERDUE = "step_overdue"
    WAITING_FOR_TIMER = "waiting_for_timer"
    WAITING_FOR_DEPENDENCIES = "waiting_for_dependencies"
    WAITING_FOR_RETRY = "waiting_for_retry"
    DEFERRED = "deferred"
    RETRY_EXHAUSTED = "retry_exhausted"
    STEP_FAILED = "step_failed"
    PAUSED_FOR_MANUAL_ACTION = "paused_for_manual_action"
    PAUSED_FOR_APPROVAL = "paused_for_approval"
    OUTCOME_UNKNOWN = "outcome_unknown"
    CODE_MISSING = "code_missing"
    CRASH_CAP_REACHED = "crash_cap_reached"
    NO_WORKER_ALIVE = "no_worker_alive"
    FAILING = "failing"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    COMPLETED = "completed"


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class NextAction(_Value):
    """One thing that is legal now. ``step`` is empty where it is the run's; ``visit`` is the step's.

    ``exits`` are what can be chosen: an approval's exits, or the outcomes of a resolved step.
    ``irreversible`` are the steps that it would repeat: it then needs ``allow_irreversible=True``, and the
    permission ``override_irreversible`` beside its own.

    ``permitted``: whether the asking user may do it, override included where one is needed; None where
    no user asks. Where it is False ``why_not`` says why in one sentence, and ``needs`` what that user would
    have to have or be; with two things missing the second is under ``and``.
    """

    action: Action
    step: str = ""
    visit: int | None = None
    exits: tuple[str, ...] = ()
    irreversible: tuple[str, ...] = ()
    permitted: bool | None = None
    why_not: str = ""
    needs: dict[str, Any] = {}


class StepReason(_Value):
    """Why one step isn't over, or fails its run. ``details`` are JSON-ready, their keys the reason's."""

    step: str
    visit: int
    reason: Reason
    summary: str
    details: dict[str, Any] = {}


class Explanation(_Value):
    """Why a run is where it is. ``summary`` is one sentence in the active language, times in UTC.

    ``step`` is the one that it is about, empty where it is all of the run. ``evidence`` are the last events
    that bear it out, ``open`` every step that isn't over or fails the run, each with its own reason.
    ``next_actions`` are all that people may do now, the most to the point first.
    """

    run_id: UUID
    workflow: str
    status: RunStatus
    reason: Reason
    summary: str
    step: str = ""
    details: dict[str, Any] = {}
    evidence: tuple[EventSnapshot, ...] = ()
    open: tuple[StepReason, ...] = ()
    next_actions: tuple[NextAction, ...] = ()


class Offered(_Value):
    """What is legal for one run of a list. ``forms`` are the steps that ask their deciders for answers."""

    run_id: UUID
    workflow: str
    status: RunStatus
    forms: tuple[str, ...] = ()
    next_actions: tuple[NextAction, ...] = ()
