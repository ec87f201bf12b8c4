"""What is found out about a step or a run: a reason, one sentence, and details for machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from squid_mesh.inspection.explain.explanation import Reason
from squid_mesh.inspection.explain.facts.facts import Facts, StepFact

_LONGEST: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Why ``step`` isn't over; ``visit`` is the one meant."""

    step: str
    visit: int
    reason: Reason
    summary: str
    details: Mapping[str, Any] = field(default_factory=dict)


def finding(step: StepFact, reason: Reason, summary: str, **details: Any) -> Finding:
    """A finding about that step."""
    return Finding(step=step.name, visit=step.visit, reason=reason, summary=summary, details=details)


def iso(moment: datetime | None) -> str | None:
    """The moment as JSON has it."""
    return None if moment is None else moment.isoformat()


def error_details(error: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """An error without its traceback."""
    return None if error is None else {key: value for key, value in error.items() if key != "traceback"}


def told_error(error: Mapping[str, Any] | None) -> str:
    """``Broken: out of ink``: the first line of it, not too long."""
    if not error:
        return _("nothing is known of why")
    kind = str(error.get("type", "")).rpartition(".")[2]
    message = next(iter(str(error.get("message", "")).strip().splitlines()), "")
    told = ": ".join(part for part in (kind, message) if part).rstrip(".")
    return told if len(told) <= _LONGEST else f"{told[: _LONGEST - 1]}…"


def unless_dead(facts: Facts, summary: str) -> str:
    """What is told of something to come, and that no cluster is there to do it, where none is."""
    if facts.alive:
        return summary
    return _("%(told)s, but no cluster is alive to see to it.") % {"told": summary.rstrip(".")}
