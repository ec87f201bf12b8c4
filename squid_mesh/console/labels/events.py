"""Labels of audit events: what happened, in the words of the history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from squid_mesh.console.labels.unknown import label_unknown

EVENTS: Final[Mapping[str, str | Promise]] = {
    "run_started": _("Run started"),
    "run_replayed": _("Run replayed"),
    "run_reopened": _("Run reopened"),
    "run_completed": _("Run completed"),
    "run_failing": _("Run failing; executing steps finish first"),
    "run_failed": _("Run failed"),
    "run_cancelling": _("Cancellation requested; executing steps finish first"),
    "run_cancelled": _("Run cancelled"),
    "paused": _("Paused"),
    "resumed": _("Resumed"),
    "approval_requested": _("Approval requested"),
    "approved": _("Approved"),
    "rejected": _("Rejected"),
    "decided": _("Decided"),
    "voted": _("Vote recorded; more votes are needed"),
    "escalated": _("Escalated to more people"),
    "approval_timed_out": _("Approval deadline passed"),
    "commented": _("Comment"),
    "rewound": _("Rewound"),
    "step_retried": _("Step retried by a person"),
    "step_skipped": _("Step skipped by a person"),
    "step_resolved": _("Step resolved by a person"),
    "attempt_interrupted": _("Worker died during the attempt"),
    "outcome_unknown": _("Outcome unknown"),
    "step_parked": _("Step parked after too many dead workers"),
    "code_missing": _("Step’s code isn’t installed"),
    "compensation_routed": _("Error routed to compensation"),
    "undo_routed": _("Error routed to undo"),
    "data_revealed": _("Secrets revealed"),
}


def label_event(event_type: str) -> str:
    """Return what an audit event of that type records."""
    return str(EVENTS.get(event_type) or label_unknown(event_type))
