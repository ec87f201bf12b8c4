"""The values of an explanation: why a run is where it is, what comes next, and who may do what."""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from squid_mesh.actions import Action
from squid_mesh.inspection.snapshots.runs import EventSnapshot
from squid_mesh.inspection.snapshots.unreadable import UnreadableValue
from squid_mesh.lifecycle import StoredRunStatus


class Reason(StrEnum):
    """Why a run or a step is where it is; ``docs/explaining.md`` describes each."""

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
    NO_CLUSTER_RUNNING = "no_cluster_running"
    FAILING = "failing"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    UNKNOWN_VALUE = "unknown_value"
    UNREADABLE_DEFINITION = "unreadable_definition"
    UNREADABLE_ROW = "unreadable_row"


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class NextAction(_Value):
    """One action that is possible now. ``step`` is empty for an action on the run; ``visit`` is the step's.

    ``exits`` are the choices: an approval's exits, or the outcomes of a resolved step. ``irreversible`` are
    the irreversible steps that the action repeats: it then needs ``allow_irreversible=True`` and the
    permission ``override_irreversible`` in addition to its own.

    ``permitted``: whether the user may do it, the override included; None if no user was given. If it is
    False, ``why_not`` says why in one sentence, and ``needs`` what the user lacks; a second thing that they
    lack is under ``and``.
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
    """Why one step has not ended, or fails its run. ``details`` are JSON-ready, by keys of the reason."""

    step: str
    visit: int
    reason: Reason
    summary: str
    details: dict[str, Any] = {}


class Explanation(_Value):
    """Why a run is where it is. ``summary`` is one sentence in the active language, its times in UTC.

    ``step`` is the step it is about, empty for the whole run. ``events`` are its latest, five at most.
    ``open`` are all steps that have not ended or that fail the run, each with its own reason.
    ``next_actions`` are all possible actions, those on ``step`` first. ``unreadable`` are the stored values
    that this version can't read, of the rows that were read for it.
    """

    run_id: UUID
    workflow: str
    status: StoredRunStatus
    reason: Reason
    summary: str
    step: str = ""
    details: dict[str, Any] = {}
    events: tuple[EventSnapshot, ...] = ()
    open: tuple[StepReason, ...] = ()
    next_actions: tuple[NextAction, ...] = ()
    unreadable: tuple[UnreadableValue, ...] = ()


class Offered(_Value):
    """The possible actions of one run of a list. ``forms`` are the steps whose approval has a form."""

    run_id: UUID
    workflow: str
    status: StoredRunStatus
    forms: tuple[str, ...] = ()
    next_actions: tuple[NextAction, ...] = ()
