"""Building blocks of the reasons: a step's reason, times and errors as details and as text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from squid_mesh.inspection.explain.explanation import Reason, StepReason
from squid_mesh.inspection.explain.facts.facts import Facts, StepFact

_LONGEST: Final = 200


def step_reason(step: StepFact, reason: Reason, summary: str, **details: Any) -> StepReason:
    """Return the reason of that visit of the step."""
    return StepReason(step=step.name, visit=step.visit, reason=reason, summary=summary, details=details)


def run_reason(reason: Reason, summary: str, details: Mapping[str, Any]) -> StepReason:
    """Return a reason that is about the whole run: its step is empty."""
    return StepReason(step="", visit=0, reason=reason, summary=summary, details=dict(details))


def iso(moment: datetime | None) -> str | None:
    """Return the time in ISO form, as details have it."""
    return None if moment is None else moment.isoformat()


def error_details(error: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return an error without its traceback."""
    return None if error is None else {key: value for key, value in error.items() if key != "traceback"}


def error_text(error: Mapping[str, Any] | None) -> str:
    """Return ``Broken: out of ink``: type and first line of the message, at most 200 characters."""
    if not error:
        return _("no error was recorded")
    kind = str(error.get("type", "")).rpartition(".")[2]
    message = next(iter(str(error.get("message", "")).strip().splitlines()), "")
    return shorten(": ".join(part for part in (kind, message) if part).rstrip("."))


def shorten(text: str) -> str:
    """Return the text, or the beginning of a long one, as part of a sentence."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def warn_without_cluster(facts: Facts, summary: str) -> str:
    """Return the sentence, with a warning added if no cluster is alive to do what it promises."""
    if facts.alive:
        return summary
    text = (
        _("%(summary)s, but no running worker cluster starts steps.")
        if facts.stalled
        else _("%(summary)s, but no worker cluster is running.")
    )
    return text % {"summary": summary.rstrip(".")}
