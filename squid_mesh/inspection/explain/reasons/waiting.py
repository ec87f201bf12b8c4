"""Steps that wait for a time: a timer, the next attempt, or a deferral."""

from __future__ import annotations

from typing import Any, assert_never

from django.utils.translation import gettext as _

from squid_mesh.inspection.explain.explanation import Reason, StepReason
from squid_mesh.inspection.explain.facts.facts import Facts, StepFact
from squid_mesh.inspection.explain.reasons import running, unreadable
from squid_mesh.inspection.explain.reasons.step_reasons import (
    error_details,
    error_text,
    iso,
    shorten,
    step_reason,
    warn_without_cluster,
)
from squid_mesh.inspection.explain.text.times import time_text
from squid_mesh.lifecycle import Unrecognized, WaitingFor


def explain_waiting(facts: Facts, step: StepFact) -> StepReason:
    """Return the reason of a step that is due later; once due, it waits only for a worker."""
    waiting_for = step.waiting_for
    if waiting_for is None or isinstance(waiting_for, Unrecognized):
        return unreadable.explain_unknown_wait(facts, step)
    if facts.is_due(step.due_at):
        return running.explain_due(facts, step)
    match waiting_for:
        case WaitingFor.RETRY:
            return _retry(facts, step)
        case WaitingFor.DEFER:
            return _deferral(facts, step)
        case WaitingFor.TIMER:
            text = _("Step %(step)s waits until %(at)s.") % _words(facts, step)
            return _reason(facts, step, Reason.WAITING_FOR_TIMER, text)
        case (
            WaitingFor.CODE
            | WaitingFor.UNREADABLE_ROW
            | WaitingFor.CRASH_CAP
            | WaitingFor.OUTCOME
            | WaitingFor.APPROVAL
            | WaitingFor.PAUSE
        ):
            return unreadable.explain_unknown_wait(facts, step)
        case _:
            assert_never(waiting_for)


def _reason(facts: Facts, step: StepFact, reason: Reason, text: str, **details: Any) -> StepReason:
    summary = warn_without_cluster(facts, text)
    return step_reason(step, reason, summary, due_at=iso(step.due_at), clusters=facts.alive, **details)


def _words(facts: Facts, step: StepFact) -> dict[str, Any]:
    return {"step": step.name, "at": time_text(step.due_at, facts.now)}


def _retry(facts: Facts, step: StepFact) -> StepReason:
    allowed = facts.blueprint.by_name[step.name].retry.max_attempts
    text = _("Step %(step)s runs again at %(at)s; %(failures)d of %(allowed)d attempts failed: %(error)s.")
    words = {"failures": step.failures, "allowed": allowed, "error": error_text(step.error)}
    return _reason(
        facts,
        step,
        Reason.WAITING_FOR_RETRY,
        text % (_words(facts, step) | words),
        next_attempt=step.attempt + 1,
        failures=step.failures,
        max_attempts=allowed,
        error=error_details(step.error),
    )


def _deferral(facts: Facts, step: StepFact) -> StepReason:
    why = facts.defer_reasons.get(step.id, "")
    text = _("Step %(step)s deferred itself; it runs again at %(at)s%(why)s.")
    words = _words(facts, step) | {"why": f": {shorten(why.rstrip('.'))}" if why else ""}
    return _reason(facts, step, Reason.DEFERRED, text % words, deferrals=step.deferrals, why=why)
