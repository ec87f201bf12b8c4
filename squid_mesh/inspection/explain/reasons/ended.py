"""Steps that fail their run, and runs that end or are over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from squid_mesh.definitions.blueprint import ERROR
from squid_mesh.inspection.explain.explanation import Reason
from squid_mesh.inspection.explain.facts.facts import Facts, StepFact
from squid_mesh.inspection.explain.reasons.finding import Finding, error_details, finding, iso, told_error
from squid_mesh.inspection.explain.text.times import told_at, told_span
from squid_mesh.inspection.snapshots.runs import EventSnapshot
from squid_mesh.lifecycle import EventType, StepStatus


def culprit(facts: Facts, step: StepFact, cause: Mapping[str, Any] | None = None) -> Finding:
    """A step that fails its run. ``cause`` is the run's own account of it, where there is one."""
    error = error_details(cause if cause is not None else step.error)
    most = facts.blueprint.by_name[step.name].retry.max_attempts
    exhausted = step.status is StepStatus.FAILED and step.failures >= most > 1
    details: dict[str, Any] = {
        "outcome": step.outcome,
        "error": error,
        "failures": step.failures,
        "max_attempts": most,
        "attempt": step.attempt,
        "at": iso(step.finished_at),
    }
    said = {
        "step": step.name,
        "at": told_at(step.finished_at, facts.now),
        "outcome": step.outcome,
        "error": told_error(error),
        "n": step.failures,
    }
    if exhausted:
        told = _("Step %(step)s failed for good at %(at)s, after %(n)d tries: %(error)s.")
        return finding(step, Reason.RETRY_EXHAUSTED, told % said, **details)
    if step.outcome == ERROR or (error or {}).get("message"):
        told = _("Step %(step)s failed the run at %(at)s: %(error)s.")
    else:
        told = _("Step %(step)s ended %(outcome)s at %(at)s, and that way fails the run.")
    return finding(step, Reason.STEP_FAILED, told % said, **details)


def failed(facts: Facts) -> Finding:
    """A run that failed, or is about to."""
    error = facts.error or {}
    step = facts.current.get(str(error.get("step", "")))
    if step is None:  # rewound since, or never said
        told = _("The run failed: %(error)s.") % {"error": told_error(error)}
        details = {"error": error_details(error)}
        return Finding(step="", visit=0, reason=Reason.STEP_FAILED, summary=told, details=details)
    return culprit(facts, step, error)


def failing(facts: Facts) -> Finding:
    """A run that ends once its steps in flight do."""
    cause = failed(facts)
    said = {"why": cause.summary.rstrip("."), "steps": in_flight(facts)}
    told = _("%(why)s; the run ends when %(steps)s does.") % said
    details = {**cause.details, "in_flight": flying(facts)}
    return Finding(step=cause.step, visit=cause.visit, reason=Reason.FAILING, summary=told, details=details)


def cancelled(facts: Facts, *, still: bool) -> Finding:
    """A run that was cancelled. ``still``: its steps in flight haven't ended yet."""
    event = _cancel(facts)
    by = event.actor if event is not None else ""
    why = event.comment if event is not None else ""
    at = event.created_at if event is not None else facts.finished_at
    told = _("Cancelled by %(by)s at %(at)s%(why)s") % {
        "by": by or _("the project's own code"),
        "at": told_at(at, facts.now),
        "why": f": “{why}”" if why else "",
    }
    details: dict[str, Any] = {"by": by, "why": why, "at": iso(at)}
    if not still:
        return Finding(step="", visit=0, reason=Reason.CANCELLED, summary=f"{told}.", details=details)
    told = _("%(told)s; the run ends when %(steps)s does.") % {"told": told, "steps": in_flight(facts)}
    details["in_flight"] = flying(facts)
    return Finding(step="", visit=0, reason=Reason.CANCELLING, summary=told, details=details)


def completed(facts: Facts) -> Finding:
    """A run that is over, and well."""
    began = facts.started_at or facts.created_at
    took = (facts.finished_at or facts.now) - began
    told = _("The run completed at %(at)s, %(span)s after it began.") % {
        "at": told_at(facts.finished_at, facts.now),
        "span": told_span(took),
    }
    details = {
        "started_at": iso(facts.started_at),
        "finished_at": iso(facts.finished_at),
        "seconds": round(took.total_seconds(), 3),
    }
    return Finding(step="", visit=0, reason=Reason.COMPLETED, summary=told, details=details)


def flying(facts: Facts) -> list[str]:
    """The steps that execute."""
    return [name for name, step in facts.current.items() if step.status is StepStatus.RUNNING]


def in_flight(facts: Facts) -> str:
    """The steps that execute, in words."""
    return ", ".join(flying(facts))


def _cancel(facts: Facts) -> EventSnapshot | None:
    """Who wanted it: the first word on it, for the engine says the last."""
    kinds = (EventType.RUN_CANCELLING, EventType.RUN_CANCELLED)
    return next((event for event in facts.events if event.type in kinds), None)
