"""Labels of statuses: a text, a colour and an icon each, so that no page depends on the colour alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from squid_mesh.console.labels.unknown import label_unknown
from squid_mesh.lifecycle import AttemptOutcome, RunStatus, StepStatus

_CIRCLE = "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11"
_CHECK = "M3 8.5 6.5 12 13 4.5"
_CROSS = "M4 4 12 12M12 4 4 12"
_PLAY = "M5 3 12.5 8 5 13Z"
_CLOCK = f"{_CIRCLE}M8 5V8l2.2 1.8"
_PAUSE = "M5.5 3.5v9M10.5 3.5v9"
_SLASH = f"{_CIRCLE}M4.2 4.2l7.6 7.6"
_QUESTION = "M5.2 5.8a2.8 2.8 0 1 1 4.2 2.4c-1 .6-1.4 1-1.4 2M8 13v.1"
_AGAIN = "M12.5 5.5A5.2 5.2 0 1 0 13 9.5M13 2.5v3.4H9.6"
_ARROW = "M6 3.5 10.5 8 6 12.5"
_AROUND = "M2.5 11c1-6 9-6 10.5-.5M13.2 6.5v4.2h-4.2"
_FORWARD = "M3.5 4 7.5 8l-4 4M8.5 4l4 4-4 4"


@dataclass(frozen=True, slots=True)
class StatusLabel:
    """How a status is shown.

    ``tone`` names the colour: ``good``, ``bad``, ``busy``, ``wait``, ``person`` or ``idle``. ``icon`` is the
    path of an SVG of 16 by 16.
    """

    text: str | Promise
    tone: str
    icon: str


_WAITING: Final = StatusLabel(_("waiting"), "wait", _CLOCK)
_RUNNING: Final = StatusLabel(_("running"), "busy", _PLAY)
_PENDING: Final = StatusLabel(_("pending"), "idle", _CLOCK)
_PAUSED: Final = StatusLabel(_("paused"), "person", _PAUSE)
_COMPLETED: Final = StatusLabel(_("completed"), "good", _CHECK)
_FAILED: Final = StatusLabel(_("failed"), "bad", _CROSS)
_CANCELLED: Final = StatusLabel(_("cancelled"), "idle", _SLASH)
_BYPASSED: Final = StatusLabel(_("bypassed"), "idle", _AROUND)

RUN_STATUSES: Final[Mapping[RunStatus, StatusLabel]] = {
    RunStatus.PENDING: _PENDING,
    RunStatus.RUNNING: _RUNNING,
    RunStatus.RETRYING: StatusLabel(_("retrying"), "wait", _AGAIN),
    RunStatus.WAITING: _WAITING,
    RunStatus.PAUSED: _PAUSED,
    RunStatus.FAILING: StatusLabel(_("failing"), "bad", _PLAY),
    RunStatus.CANCELLING: StatusLabel(_("cancelling"), "idle", _PLAY),
    RunStatus.COMPLETED: _COMPLETED,
    RunStatus.FAILED: _FAILED,
    RunStatus.CANCELLED: _CANCELLED,
}
STEP_STATUSES: Final[Mapping[StepStatus, StatusLabel]] = {
    StepStatus.PENDING: _PENDING,
    StepStatus.READY: StatusLabel(_("ready"), "busy", _ARROW),
    StepStatus.RUNNING: _RUNNING,
    StepStatus.WAITING: _WAITING,
    StepStatus.PAUSED: _PAUSED,
    StepStatus.UNKNOWN: StatusLabel(_("outcome unknown"), "person", _QUESTION),
    StepStatus.COMPLETED: _COMPLETED,
    StepStatus.FAILED: _FAILED,
    StepStatus.SKIPPED: StatusLabel(_("skipped"), "idle", _FORWARD),
    StepStatus.BYPASSED: _BYPASSED,
    StepStatus.CANCELLED: _CANCELLED,
}
ATTEMPT_OUTCOMES: Final[Mapping[AttemptOutcome, StatusLabel]] = {
    AttemptOutcome.COMPLETED: _COMPLETED,
    AttemptOutcome.BYPASSED: _BYPASSED,
    AttemptOutcome.FAILED: _FAILED,
    AttemptOutcome.TIMED_OUT: StatusLabel(_("timed out"), "bad", _CLOCK),
    AttemptOutcome.DEFERRED: StatusLabel(_("deferred"), "wait", _CLOCK),
    AttemptOutcome.WAITING: _WAITING,
    AttemptOutcome.INTERRUPTED: StatusLabel(_("interrupted"), "bad", _SLASH),
}
#: A value that is in more than one enum has the same label in each.
_LABELS: Final[Mapping[str, StatusLabel]] = {
    str(member): label
    for table in (RUN_STATUSES, STEP_STATUSES, ATTEMPT_OUTCOMES)
    for member, label in table.items()
}


def label_status(status: str) -> StatusLabel:
    """Return the label of a run's status, a step's status, or an attempt's outcome."""
    return _LABELS.get(status) or StatusLabel(label_unknown(status), "idle", _QUESTION)


def render_badge(status: str) -> SafeString:
    """Return the status as HTML: an icon and a text in its colour."""
    label = label_status(status)
    return format_html(
        '<span class="sqm-status-badge sqm-tone-{}">'
        '<svg class="sqm-icon" viewBox="0 0 16 16" width="12" height="12"'
        ' aria-hidden="true" focusable="false"><path d="{}"/></svg>{}</span>',
        label.tone,
        label.icon,
        label.text,
    )
