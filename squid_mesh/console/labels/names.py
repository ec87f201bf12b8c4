"""The console's words for what people do, what steps wait for and what the history tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from squid_mesh.actions import SPECS, Action
from squid_mesh.definitions.request import APPROVED, REJECTED
from squid_mesh.lifecycle import WaitingFor

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
    "run_started": gettext_lazy("The run was started"),
    "run_reopened": gettext_lazy("The run was reopened"),
    "run_completed": gettext_lazy("The run completed"),
    "run_failing": gettext_lazy("The run is failing"),
    "run_failed": gettext_lazy("The run failed"),
    "paused": gettext_lazy("The step paused"),
    "approval_requested": gettext_lazy("A decision was asked for"),
    "escalated": gettext_lazy("Escalated to more people"),
    "approval_timed_out": gettext_lazy("The deadline passed"),
    "attempt_interrupted": gettext_lazy("A worker was lost"),
    "outcome_unknown": gettext_lazy("The outcome is unknown"),
    "step_parked": gettext_lazy("The step was parked"),
    "code_missing": gettext_lazy("The step’s code isn’t installed"),
    "compensation_routed": gettext_lazy("The error took the way of compensation"),
    "undo_routed": gettext_lazy("The error took the way of undoing"),
    "data_revealed": gettext_lazy("Secrets were shown"),
}


_ACTION_EVENTS: Final = {kind: label for spec in SPECS.values() for kind, label in spec.events.items()}


def action_word(action: Action) -> str:
    """Return the label of an action's button."""
    return str(SPECS[action].label)


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
    return str(_ACTION_EVENTS.get(kind) or _EVENTS.get(kind, kind.replace("_", " ").capitalize()))
