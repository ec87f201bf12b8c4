"""Steps that wait for a person: approvals, pauses, unknown outcomes, missing code, too many lost workers."""

from __future__ import annotations

from typing import Any, assert_never

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from squid_mesh.definitions.code_paths import can_load
from squid_mesh.inspection.explain.explanation import Reason, StepReason
from squid_mesh.inspection.explain.facts.facts import Facts, StepFact
from squid_mesh.inspection.explain.reasons import approvals, unreadable
from squid_mesh.inspection.explain.reasons.step_reasons import (
    error_details,
    iso,
    step_reason,
    warn_without_cluster,
)
from squid_mesh.inspection.explain.text.people import deciders_text
from squid_mesh.inspection.explain.text.times import time_text
from squid_mesh.lifecycle import EventType, Unrecognized, WaitingFor


def explain_held(facts: Facts, step: StepFact) -> StepReason:
    """Return the reason of a step that is paused, or whose outcome is unknown."""
    waiting_for = step.waiting_for
    if waiting_for is None or isinstance(waiting_for, Unrecognized):
        return unreadable.explain_unknown_wait(facts, step)
    match waiting_for:
        case WaitingFor.APPROVAL:
            return approvals.explain_approval(facts, step)
        case WaitingFor.PAUSE:
            return _pause(facts, step)
        case WaitingFor.CODE:
            return _missing_code(facts, step)
        case WaitingFor.UNREADABLE_ROW:
            return unreadable.explain_unreadable_input(facts, step)
        case WaitingFor.CRASH_CAP:
            return _crash_cap(facts, step)
        case WaitingFor.OUTCOME:
            return _unknown_outcome(facts, step)
        case WaitingFor.RETRY | WaitingFor.TIMER | WaitingFor.DEFER:
            return unreadable.explain_unknown_wait(facts, step)
        case _:
            assert_never(waiting_for)


def _pause(facts: Facts, step: StepFact) -> StepReason:
    asked = step.asked
    if asked is None:
        return unreadable.explain_unreadable_request(facts, step)
    since = approvals.asked_at(facts, step, EventType.PAUSED)
    text = _("Step %(step)s is paused since %(at)s until %(whom)s can resume the run%(prompt)s.") % {
        "step": step.name,
        "at": time_text(since, facts.now),
        "whom": deciders_text(asked, facts.names),
        "prompt": approvals.prompt_text(asked.prompt),
    }
    details = {"prompt": asked.prompt, "since": iso(since), "who": approvals.deciders_details(asked)}
    return step_reason(step, Reason.PAUSED_FOR_MANUAL_ACTION, text, **details)


def _missing_code(facts: Facts, step: StepFact) -> StepReason:
    error = error_details(step.error) or {}
    found = error.get("details")
    path = str(found.get("path", "")) if isinstance(found, dict) else ""
    installed = can_load(path)
    if installed:
        text = _("Step %(step)s resumes at %(at)s: its code was missing (%(error)s) but is installed now.")
    else:
        text = _("The code of step %(step)s is missing (%(error)s); a worker checks again at %(at)s.")
    words = {
        "step": step.name,
        "error": str(error.get("message", "")).rstrip("."),
        "at": time_text(step.due_at, facts.now),
    }
    details = {
        "path": path,
        "error": error,
        "due_at": iso(step.due_at),
        "installed_here": installed,
        "clusters": facts.alive,
        "without_code": [cluster.describe() for cluster in facts.find_clusters_without(step)],
    }
    return step_reason(step, Reason.CODE_MISSING, warn_without_cluster(facts, text % words), **details)


def _crash_cap(facts: Facts, step: StepFact) -> StepReason:
    text = ngettext(
        "Step %(step)s is paused because its worker was lost: %(worker)s, which started it at %(at)s.",
        "Step %(step)s is paused because it lost %(crashes)d workers, the last one %(worker)s, which started "
        "it at %(at)s.",
        step.crashes,
    )
    words = _last_worker(facts, step) | {"crashes": step.crashes}
    return step_reason(step, Reason.CRASH_CAP_REACHED, text % words, **_crash_details(step))


def _unknown_outcome(facts: Facts, step: StepFact) -> StepReason:
    text = _(
        "The worker that ran step %(step)s (%(worker)s, started at %(at)s) was lost, so it is unknown "
        "whether the step finished: check the other system, then retry or resolve the step."
    )
    irreversible = facts.blueprint.by_name[step.name].irreversible
    details = _crash_details(step) | {"irreversible": irreversible}
    return step_reason(step, Reason.OUTCOME_UNKNOWN, text % _last_worker(facts, step), **details)


def _last_worker(facts: Facts, step: StepFact) -> dict[str, Any]:
    return {"step": step.name, "worker": step.worker, "at": time_text(step.started_at, facts.now)}


def _crash_details(step: StepFact) -> dict[str, Any]:
    return {
        "attempt": step.attempt,
        "worker": step.worker,
        "crashes": step.crashes,
        "started_at": iso(step.started_at),
    }
