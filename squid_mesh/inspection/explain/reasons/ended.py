"""Runs that are ending or finished, and the steps that failed them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from squid_mesh.definitions.blueprint import ERROR
from squid_mesh.inspection.explain.explanation import Reason, StepReason
from squid_mesh.inspection.explain.facts.facts import Facts, StepFact
from squid_mesh.inspection.explain.reasons import unreadable
from squid_mesh.inspection.explain.reasons.step_reasons import (
    error_details,
    error_text,
    iso,
    run_reason,
    step_reason,
)
from squid_mesh.inspection.explain.text.times import duration_text, time_text
from squid_mesh.inspection.snapshots.runs import EventSnapshot
from squid_mesh.lifecycle import EventType, StepStatus


def explain_failed_step(
    facts: Facts, step: StepFact, recorded: Mapping[str, Any] | None = None
) -> StepReason:
    """Return the reason of a step that fails its run; ``recorded`` is the error on the run's own row."""
    damaged = [one for one in step.unreadable if one.column == "error"]
    if recorded is None and damaged:
        return unreadable.explain_unreadable_error(facts, step, damaged[0])
    error = error_details(recorded if recorded is not None else step.error)
    allowed = facts.blueprint.by_name[step.name].retry.max_attempts
    exhausted = step.status is StepStatus.FAILED and step.failures >= allowed > 1
    details: dict[str, Any] = {
        "outcome": step.outcome,
        "error": error,
        "failures": step.failures,
        "max_attempts": allowed,
        "attempt": step.attempt,
        "at": iso(step.finished_at),
    }
    words = {
        "step": step.name,
        "at": time_text(step.finished_at, facts.now),
        "outcome": step.outcome,
        "error": error_text(error),
        "n": step.failures,
    }
    if exhausted:
        text = _("Step %(step)s failed permanently at %(at)s, after %(n)d attempts: %(error)s.")
        return step_reason(step, Reason.RETRY_EXHAUSTED, text % words, **details)
    if step.outcome == ERROR or (error or {}).get("message"):
        text = _("Step %(step)s failed the run at %(at)s: %(error)s.")
    else:
        text = _("Step %(step)s ended with the outcome %(outcome)s at %(at)s, which fails the run.")
    return step_reason(step, Reason.STEP_FAILED, text % words, **details)


def explain_failed(facts: Facts) -> StepReason:
    """Return the reason of a run that failed, or is about to."""
    damaged = [one for one in facts.unreadable if one.column == "error"]
    if damaged:
        failing = [step for name, step in facts.current.items() if name in facts.failing_steps]
        return unreadable.explain_unreadable_error(facts, next(iter(failing), None), damaged[0])
    error = facts.error or {}
    step = facts.current.get(str(error.get("step", "")))
    if step is not None:
        return explain_failed_step(facts, step, error)
    # The step was rewound since, or none is recorded.
    text = _("The run failed: %(error)s.") % {"error": error_text(error)}
    return run_reason(Reason.STEP_FAILED, text, {"error": error_details(error)})


def explain_failing(facts: Facts) -> StepReason:
    """Return the reason of a run that fails as soon as its running steps end."""
    cause = explain_failed(facts)
    text = _("%(cause)s; the run ends when %(steps)s does.")
    words = {"cause": cause.summary.rstrip("."), "steps": ", ".join(running_steps(facts))}
    return StepReason(
        step=cause.step,
        visit=cause.visit,
        reason=Reason.FAILING,
        summary=text % words,
        details={**cause.details, "in_flight": running_steps(facts)},
    )


def explain_cancelled(facts: Facts) -> StepReason:
    """Return the reason of a run that was cancelled."""
    text, details = _cancellation(facts)
    return run_reason(Reason.CANCELLED, f"{text}.", details)


def explain_cancelling(facts: Facts) -> StepReason:
    """Return the reason of a run that is cancelled as soon as its running steps end."""
    cause, details = _cancellation(facts)
    text = _("%(cause)s; the run ends when %(steps)s does.")
    words = {"cause": cause, "steps": ", ".join(running_steps(facts))}
    return run_reason(Reason.CANCELLING, text % words, {**details, "in_flight": running_steps(facts)})


def explain_completed(facts: Facts) -> StepReason:
    """Return the reason of a run that completed."""
    took = (facts.finished_at or facts.now) - (facts.started_at or facts.created_at)
    text = _("The run completed at %(at)s, %(duration)s after it started.") % {
        "at": time_text(facts.finished_at, facts.now),
        "duration": duration_text(took),
    }
    details = {
        "started_at": iso(facts.started_at),
        "finished_at": iso(facts.finished_at),
        "seconds": round(took.total_seconds(), 3),
    }
    return run_reason(Reason.COMPLETED, text, details)


def running_steps(facts: Facts) -> list[str]:
    """Return the names of the steps that workers execute."""
    return [name for name, step in facts.current.items() if step.status is StepStatus.RUNNING]


def _cancellation(facts: Facts) -> tuple[str, dict[str, Any]]:
    event = _first_cancel_event(facts)
    by = event.actor if event is not None else ""
    reason = event.comment if event is not None else ""
    at = event.created_at if event is not None else facts.finished_at
    text = _("Cancelled by %(by)s at %(at)s%(reason)s") % {
        "by": by or _("the project's own code"),
        "at": time_text(at, facts.now),
        "reason": f": “{reason}”" if reason else "",
    }
    return text, {"by": by, "reason": reason, "at": iso(at)}


def _first_cancel_event(facts: Facts) -> EventSnapshot | None:
    """The first one has the person's name; the engine writes the last one when the run has ended."""
    types = (EventType.RUN_CANCELLING, EventType.RUN_CANCELLED)
    return next((event for event in facts.events if event.type in types), None)
