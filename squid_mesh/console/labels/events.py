"""Labels of audit events: what the history says happened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from squid_mesh.actions import SPECS
from squid_mesh.console.labels.unknown import label_unknown
from squid_mesh.lifecycle import EventType

EVENTS: Final[Mapping[EventType, str | Promise]] = {
    EventType.RUN_STARTED: _("Run started"),
    EventType.RUN_REOPENED: _("Run reopened"),
    EventType.RUN_COMPLETED: _("Run completed"),
    EventType.RUN_FAILING: _("Run failing; executing steps finish first"),
    EventType.RUN_FAILED: _("Run failed"),
    EventType.PAUSED: _("Paused"),
    EventType.APPROVAL_REQUESTED: _("Approval requested"),
    EventType.ESCALATED: _("Escalated to more people"),
    EventType.APPROVAL_TIMED_OUT: _("Approval deadline passed"),
    EventType.ATTEMPT_INTERRUPTED: _("Worker died during the attempt"),
    EventType.OUTCOME_UNKNOWN: _("Outcome unknown"),
    EventType.CRASH_CAP_REACHED: _("Step parked after too many dead workers"),
    EventType.CODE_MISSING: _("Step’s code isn’t installed"),
    EventType.UNREADABLE_ROW: _("Step’s stored data can’t be read"),
    EventType.ROUTED_TO_COMPENSATION: _("Error routed to compensation"),
    EventType.ROUTED_TO_UNDO: _("Error routed to undo"),
    EventType.SECRETS_REVEALED: _("Secrets revealed"),
    **{event_type: label for spec in SPECS.values() for event_type, label in spec.events.items()},
}
_LABELS: Final = {str(member): label for member, label in EVENTS.items()}


def label_event(event_type: str) -> str:
    """Return what an audit event of that type records."""
    return str(_LABELS.get(event_type) or label_unknown(event_type))
