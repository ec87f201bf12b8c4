"""The texts of a diagram, in the active language."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from squid_mesh.inspection.diagram.drawing import Progress, Sign
from squid_mesh.lifecycle import (
    RunStatus,
    StepStatus,
    StoredRunStatus,
    StoredStepStatus,
    StoredWaitingFor,
    Unrecognized,
    WaitingFor,
)

_STATUSES: Final[dict[StepStatus, Promise]] = {
    StepStatus.PENDING: gettext_lazy("pending"),
    StepStatus.READY: gettext_lazy("ready"),
    StepStatus.RUNNING: gettext_lazy("running"),
    StepStatus.WAITING: gettext_lazy("waiting"),
    StepStatus.PAUSED: gettext_lazy("paused"),
    StepStatus.UNKNOWN: gettext_lazy("outcome unknown"),
    StepStatus.COMPLETED: gettext_lazy("completed"),
    StepStatus.FAILED: gettext_lazy("failed"),
    StepStatus.SKIPPED: gettext_lazy("skipped"),
    StepStatus.BYPASSED: gettext_lazy("bypassed"),
    StepStatus.CANCELLED: gettext_lazy("cancelled"),
}
_RUN_STATUSES: Final[dict[RunStatus, Promise]] = {
    RunStatus.PENDING: gettext_lazy("pending"),
    RunStatus.RUNNING: gettext_lazy("running"),
    RunStatus.RETRYING: gettext_lazy("retrying"),
    RunStatus.WAITING: gettext_lazy("waiting"),
    RunStatus.PAUSED: gettext_lazy("paused"),
    RunStatus.FAILING: gettext_lazy("failing"),
    RunStatus.CANCELLING: gettext_lazy("cancelling"),
    RunStatus.COMPLETED: gettext_lazy("completed"),
    RunStatus.FAILED: gettext_lazy("failed"),
    RunStatus.CANCELLED: gettext_lazy("cancelled"),
}
_PROGRESS: Final[dict[Progress, Promise]] = {
    Progress.OPEN: gettext_lazy("not reached yet"),
    Progress.TAKEN: gettext_lazy("taken"),
    Progress.DEAD: gettext_lazy("not taken"),
}
_SIGNS: Final[dict[Sign, Promise]] = {
    Sign.WAIT: gettext_lazy("wait"),
    Sign.LOG: gettext_lazy("log line"),
    Sign.PAUSE: gettext_lazy("pause"),
    Sign.APPROVAL: gettext_lazy("approval"),
    Sign.GUARD: gettext_lazy("runs only if %(when)s returns true"),
    Sign.ALL: gettext_lazy("waits for all incoming edges"),
    Sign.FIRST: gettext_lazy("starts with the first incoming edge"),
    Sign.IRREVERSIBLE: gettext_lazy("irreversible: never repeated or undone automatically"),
}
_WAITS_UNTIL: Final[dict[WaitingFor, Promise]] = {
    WaitingFor.RETRY: gettext_lazy("next attempt at %(time)s"),
    WaitingFor.TIMER: gettext_lazy("until %(time)s"),
    WaitingFor.DEFER: gettext_lazy("deferred until %(time)s"),
    WaitingFor.APPROVAL: gettext_lazy("approval due by %(time)s"),
    WaitingFor.CODE: gettext_lazy("code missing; next check at %(time)s"),
    WaitingFor.UNREADABLE_ROW: gettext_lazy("unreadable data; next check at %(time)s"),
}
_WAITS: Final[dict[WaitingFor, Promise]] = {
    WaitingFor.RETRY: gettext_lazy("for its next attempt"),
    WaitingFor.TIMER: gettext_lazy("for its timer"),
    WaitingFor.DEFER: gettext_lazy("deferred"),
    WaitingFor.APPROVAL: gettext_lazy("needs an approval"),
    WaitingFor.PAUSE: gettext_lazy("needs a person to resume it"),
    WaitingFor.CODE: gettext_lazy("its code is missing"),
    WaitingFor.CRASH_CAP: gettext_lazy("too many lost workers"),
    WaitingFor.OUTCOME: gettext_lazy("needs a person to say if it finished"),
    WaitingFor.UNREADABLE_ROW: gettext_lazy("for unreadable data to be repaired"),
}


def status_text(of: StoredStepStatus) -> str:
    """Return a step's status."""
    return _unknown(of) if isinstance(of, Unrecognized) else str(_STATUSES[of])


def _unknown(value: Unrecognized) -> str:
    return _("unknown status “%(value)s”") % {"value": value}


def status_line(of: StoredStepStatus, attempt: int) -> str:
    """Return a step's status, with the attempt from the second on."""
    if attempt < 2:
        return status_text(of)
    return _("%(status)s, attempt %(attempt)d") % {"status": status_text(of), "attempt": attempt}


def visit_text(number: int) -> str:
    """Return which visit of a step is shown; empty for the first."""
    return _("visit %(number)d") % {"number": number} if number > 1 else ""


def waiting_text(waiting_for: StoredWaitingFor | None, until: datetime | None) -> str:
    """Return what an open step waits for, and until when; empty if it waits for nothing."""
    if until is not None and isinstance(waiting_for, WaitingFor) and waiting_for in _WAITS_UNTIL:
        local = timezone.localtime(until)
        today = local.date() == timezone.localdate()
        shown = formats.date_format(local, "H:i:s" if today else "j M, H:i")
        return str(_WAITS_UNTIL[waiting_for]) % {"time": shown}
    if isinstance(waiting_for, Unrecognized):
        return _("waits for “%(value)s”, unknown to this version") % {"value": waiting_for}
    return str(_WAITS[waiting_for]) if waiting_for is not None else ""


def sign_text(of: Sign, *, when: str = "") -> str:
    """Return what a sign means."""
    return str(_SIGNS[of]) % {"when": when}


def duration_text(seconds: float) -> str:
    """Return a duration in its one or two largest units: "1 h 30 min"."""
    if seconds < 1:
        return _("%(count)s s") % {"count": formats.localize(round(seconds, 3))}
    units = (
        (86_400, _("%(count)s d")),
        (3_600, _("%(count)s h")),
        (60, _("%(count)s min")),
        (1, _("%(count)s s")),
    )
    parts, left = [], round(seconds)
    for size, pattern in units:
        count, left = divmod(left, size)
        if count:
            parts.append(pattern % {"count": count})
    return " ".join(parts[:2])


def describe_step(name: str, facts: list[str]) -> str:
    """Return a step as one phrase: "step charge: failed, attempt 3"."""
    if not facts:
        return _("step %(name)s") % {"name": name}
    return _("step %(name)s: %(facts)s") % {"name": name, "facts": ", ".join(facts)}


def describe_edge(source: str, target: str, label: str, *, back: bool) -> str:
    """Return an edge as one phrase."""
    if back:
        pattern = _("%(source)s, on %(label)s, back to %(target)s")
    elif label:
        pattern = _("%(source)s, on %(label)s, to %(target)s")
    else:
        pattern = _("%(source)s to %(target)s")
    return pattern % {"source": source, "target": target, "label": label}


def describe_progress(description: str, of: Progress) -> str:
    """Return an edge's phrase with the progress of the run."""
    return f"{description}: {_PROGRESS[of]}" if of in _PROGRESS else description


def start_name() -> str:
    """Return the name of the start."""
    return _("start")


def complete_name() -> str:
    """Return the name of the end of a completed run."""
    return _("complete")


def fail_name() -> str:
    """Return the name of the end of a failed run."""
    return _("fail")


def describe_end(name: str, *, reached: bool) -> str:
    """Return an end of a run as one phrase."""
    return (_("%(end)s: reached") if reached else _("%(end)s: not reached")) % {"end": name}


def recovery_text(of: str) -> str:
    """Return what an edge for errors leads to; empty if it is no recovery."""
    return {"compensation": _("compensation"), "undo": _("undo")}.get(of, "")


def max_visits_text(count: int) -> str:
    """Return how often a rewind edge can be taken."""
    return ngettext("at most %(count)d visit", "at most %(count)d visits", count) % {"count": count}


def workflow_title(name: str, steps: int) -> str:
    """Return the title of a workflow's diagram."""
    words = ngettext("Graph of %(name)s, %(steps)d step", "Graph of %(name)s, %(steps)d steps", steps)
    return words % {"name": name, "steps": steps}


def run_title(name: str, of: StoredRunStatus) -> str:
    """Return the title of a run's diagram."""
    return _("Graph of a run of %(name)s, %(status)s") % {
        "name": name,
        "status": _unknown(of) if isinstance(of, Unrecognized) else _RUN_STATUSES[of],
    }
