"""The words of a diagram, in the active language."""

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
    Sign.GUARD: gettext_lazy("runs only if %(when)s says so"),
    Sign.ALL: gettext_lazy("needs every way that leads here"),
    Sign.FIRST: gettext_lazy("starts at the first way that gets here"),
    Sign.IRREVERSIBLE: gettext_lazy("irreversible: is never repeated or undone by itself"),
}
_UNTIL: Final[dict[WaitingFor, Promise]] = {
    WaitingFor.RETRY: gettext_lazy("next try at %(time)s"),
    WaitingFor.TIMER: gettext_lazy("until %(time)s"),
    WaitingFor.DEFER: gettext_lazy("deferred until %(time)s"),
    WaitingFor.APPROVAL: gettext_lazy("approval due by %(time)s"),
    WaitingFor.CODE: gettext_lazy("code missing; looks at %(time)s"),
}
_HELD: Final[dict[WaitingFor, Promise]] = {
    WaitingFor.RETRY: gettext_lazy("for its next try"),
    WaitingFor.TIMER: gettext_lazy("for its time"),
    WaitingFor.DEFER: gettext_lazy("deferred"),
    WaitingFor.APPROVAL: gettext_lazy("needs an approval"),
    WaitingFor.PAUSE: gettext_lazy("needs a person to go on"),
    WaitingFor.CODE: gettext_lazy("its code is missing"),
    WaitingFor.CRASH_CAP: gettext_lazy("too many lost workers"),
    WaitingFor.OUTCOME: gettext_lazy("did it happen? say so"),
}


def status(of: StoredStepStatus) -> str:
    """Return a step's status."""
    return _unknown(of) if isinstance(of, Unrecognized) else str(_STATUSES[of])


def _unknown(value: Unrecognized) -> str:
    return _("unknown status “%(value)s”") % {"value": value}


def status_line(of: StoredStepStatus, attempt: int) -> str:
    """A step's status, with its attempt where that isn't the first."""
    if attempt < 2:
        return status(of)
    return _("%(status)s, attempt %(attempt)d") % {"status": status(of), "attempt": attempt}


def visit(number: int) -> str:
    """Which visit of a step is shown; nothing for the first."""
    return _("visit %(number)d") % {"number": number} if number > 1 else ""


def held(waiting_for: StoredWaitingFor | None, until: datetime | None) -> str:
    """What a step that is not over waits for, and until when; nothing where it waits for nothing."""
    if until is not None and isinstance(waiting_for, WaitingFor) and waiting_for in _UNTIL:
        local = timezone.localtime(until)
        today = local.date() == timezone.localdate()
        shown = formats.date_format(local, "H:i:s" if today else "j M, H:i")
        return str(_UNTIL[waiting_for]) % {"time": shown}
    if isinstance(waiting_for, Unrecognized):
        return _("waits for “%(value)s”, unknown to this version") % {"value": waiting_for}
    return str(_HELD[waiting_for]) if waiting_for is not None else ""


def sign(of: Sign, *, when: str = "") -> str:
    """What a mark means."""
    return str(_SIGNS[of]) % {"when": when}


def duration(seconds: float) -> str:
    """A length of time in its largest units, two at most: "1 h 30 min"."""
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


def step(name: str, facts: list[str]) -> str:
    """A step as one phrase: "step charge: failed, attempt 3"."""
    if not facts:
        return _("step %(name)s") % {"name": name}
    return _("step %(name)s: %(facts)s") % {"name": name, "facts": ", ".join(facts)}


def way(source: str, target: str, label: str, *, back: bool) -> str:
    """An edge as one phrase."""
    if back:
        pattern = _("%(source)s, on %(label)s, back to %(target)s")
    elif label:
        pattern = _("%(source)s, on %(label)s, to %(target)s")
    else:
        pattern = _("%(source)s to %(target)s")
    return pattern % {"source": source, "target": target, "label": label}


def progress(told: str, of: Progress) -> str:
    """An edge's phrase, with what a run has made of it."""
    return f"{told}: {_PROGRESS[of]}" if of in _PROGRESS else told


def start() -> str:
    """The name of the start."""
    return _("start")


def complete() -> str:
    """The name of the good end."""
    return _("complete")


def fail() -> str:
    """The name of the bad end."""
    return _("fail")


def end(name: str, *, reached: bool) -> str:
    """An end of a run as one phrase."""
    return (_("%(end)s: reached") if reached else _("%(end)s: not reached")) % {"end": name}


def recovery(of: str) -> str:
    """What an error's way leads to."""
    return {"compensation": _("compensation"), "undo": _("undo")}.get(of, "")


def visits_at_most(count: int) -> str:
    """How often a way back is taken."""
    return ngettext("at most %(count)d visit", "at most %(count)d visits", count) % {"count": count}


def workflow_title(name: str, steps: int) -> str:
    """The picture's name, for a workflow."""
    words = ngettext("Graph of %(name)s, %(steps)d step", "Graph of %(name)s, %(steps)d steps", steps)
    return words % {"name": name, "steps": steps}


def run_title(name: str, of: StoredRunStatus) -> str:
    """The picture's name, for a run."""
    return _("Graph of a run of %(name)s, %(status)s") % {
        "name": name,
        "status": _unknown(of) if isinstance(of, Unrecognized) else _RUN_STATUSES[of],
    }
