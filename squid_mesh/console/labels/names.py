"""The console's words for what people do, what steps wait for and what the history tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from squid_mesh.actions import Action
from squid_mesh.definitions.request import APPROVED, REJECTED
from squid_mesh.lifecycle import EventType, WaitingFor

#: On buttons.
ACTIONS: Final[Mapping[Action, str | Promise]] = {
    Action.CANCEL: gettext_lazy("Cancel the run"),
    Action.COMMENT: gettext_lazy("Comment"),
    Action.REPLAY: gettext_lazy("Replay"),
    Action.UNBLOCK: gettext_lazy("Let it go on"),
    Action.DECIDE: gettext_lazy("Decide"),
    Action.RETRY: gettext_lazy("Retry"),
    Action.SKIP: gettext_lazy("Skip"),
    Action.RESOLVE: gettext_lazy("Resolve by hand"),
    Action.REWIND: gettext_lazy("Go back to it"),
}
_WAITS: Final[Mapping[str, str | Promise]] = {
    WaitingFor.RETRY: gettext_lazy("the next try"),
    WaitingFor.TIMER: gettext_lazy("its time"),
    WaitingFor.DEFER: gettext_lazy("its time, deferred"),
    WaitingFor.CODE: gettext_lazy("its code, which isn’t installed"),
    WaitingFor.CRASH_CAP: gettext_lazy("a person: it lost too many workers"),
    WaitingFor.OUTCOME: gettext_lazy("a person: its outcome is unknown"),
    WaitingFor.APPROVAL: gettext_lazy("a decision"),
    WaitingFor.PAUSE: gettext_lazy("a person to let it go on"),
}
_EVENTS: Final[Mapping[str, str | Promise]] = {
    EventType.RUN_STARTED: gettext_lazy("The run was started"),
    EventType.RUN_REPLAYED: gettext_lazy("The run was replayed"),
    EventType.RUN_REOPENED: gettext_lazy("The run was reopened"),
    EventType.RUN_COMPLETED: gettext_lazy("The run completed"),
    EventType.RUN_FAILING: gettext_lazy("The run is failing"),
    EventType.RUN_FAILED: gettext_lazy("The run failed"),
    EventType.RUN_CANCELLING: gettext_lazy("The run was cancelled; steps in flight finish"),
    EventType.RUN_CANCELLED: gettext_lazy("The run was cancelled"),
    EventType.PAUSED: gettext_lazy("The step paused"),
    EventType.RESUMED: gettext_lazy("Let go on"),
    EventType.APPROVAL_REQUESTED: gettext_lazy("A decision was asked for"),
    EventType.APPROVED: gettext_lazy("Approved"),
    EventType.REJECTED: gettext_lazy("Rejected"),
    EventType.DECIDED: gettext_lazy("Decided"),
    EventType.VOTED: gettext_lazy("Said, and more people are needed"),
    EventType.ESCALATED: gettext_lazy("Escalated to more people"),
    EventType.APPROVAL_TIMED_OUT: gettext_lazy("The deadline passed"),
    EventType.COMMENTED: gettext_lazy("Comment"),
    EventType.REWOUND: gettext_lazy("Went back to a step"),
    EventType.STEP_RETRIED: gettext_lazy("Retried by hand"),
    EventType.STEP_SKIPPED: gettext_lazy("Skipped by hand"),
    EventType.STEP_RESOLVED: gettext_lazy("Resolved by hand"),
    EventType.ATTEMPT_INTERRUPTED: gettext_lazy("A worker was lost"),
    EventType.OUTCOME_UNKNOWN: gettext_lazy("The outcome is unknown"),
    EventType.CRASH_CAP_REACHED: gettext_lazy("The step was parked"),
    EventType.CODE_MISSING: gettext_lazy("The step’s code isn’t installed"),
    EventType.ROUTED_TO_COMPENSATION: gettext_lazy("The error took the way of compensation"),
    EventType.ROUTED_TO_UNDO: gettext_lazy("The error took the way of undoing"),
    EventType.SECRETS_REVEALED: gettext_lazy("Secrets were shown"),
}


def action_word(action: Action, exit: str = "") -> str:
    """What a button says; with an exit, that of an approval."""
    return exit_word(exit) if exit else str(ACTIONS[action])


def exit_word(exit: str) -> str:
    """What choosing that exit of an approval is called."""
    if exit == APPROVED:
        return _("Approve")
    if exit == REJECTED:
        return _("Reject")
    return exit.replace("_", " ").capitalize()


def wait_word(waiting_for: str) -> str:
    """What a step waits for."""
    return str(_WAITS.get(waiting_for, waiting_for))


def event_word(kind: str) -> str:
    """What an audit event tells. Kinds without words of their own are told by their name."""
    return str(_EVENTS.get(kind, kind.replace("_", " ").capitalize()))
