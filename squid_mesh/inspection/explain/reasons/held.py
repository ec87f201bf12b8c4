"""Steps that wait for a person: pauses, outcomes that nobody knows, code that is gone, too many crashes."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from squid_mesh.definitions.request import Request
from squid_mesh.inspection.explain import code
from squid_mesh.inspection.explain.explanation import Reason
from squid_mesh.inspection.explain.facts.facts import Facts, StepFact
from squid_mesh.inspection.explain.reasons import approvals
from squid_mesh.inspection.explain.reasons.finding import (
    Finding,
    error_details,
    finding,
    iso,
    unless_dead,
)
from squid_mesh.inspection.explain.text.people import whom
from squid_mesh.inspection.explain.text.times import told_at
from squid_mesh.lifecycle import EventType, WaitingFor


def held(facts: Facts, step: StepFact) -> Finding:
    """A step that is paused or unknown."""
    asked = step.asked
    if asked is not None:
        explain = approvals.approval if asked.kind == "approval" else _pause
        return explain(facts, step, asked)
    if step.waiting_for == WaitingFor.CODE:
        return _code(facts, step)
    details: dict[str, Any] = {
        "attempt": step.attempt,
        "worker": step.worker,
        "crashes": step.crashes,
        "began_at": iso(step.started_at),
    }
    said = {
        "step": step.name,
        "worker": step.worker,
        "crashes": step.crashes,
        "at": told_at(step.started_at, facts.now),
    }
    if step.waiting_for == WaitingFor.CRASH_CAP:
        told = ngettext(
            "Step %(step)s is parked, for it lost a worker: %(worker)s, which began at %(at)s.",
            "Step %(step)s is parked, for it lost %(crashes)d workers, the last of them %(worker)s, which "
            "began at %(at)s.",
            step.crashes,
        )
        return finding(step, Reason.CRASH_CAP_REACHED, told % said, **details)
    told = _(
        "Nobody knows what came of step %(step)s: its worker %(worker)s, which began at %(at)s, was lost; "
        "look whether it happened, then say so."
    )
    irreversible = facts.blueprint.by_name[step.name].irreversible
    return finding(step, Reason.OUTCOME_UNKNOWN, told % said, **details, irreversible=irreversible)


def _pause(facts: Facts, step: StepFact, asked: Request) -> Finding:
    since = approvals.since(facts, step, EventType.PAUSED)
    told = _("Step %(step)s has waited since %(at)s for %(whom)s to let the run go on%(prompt)s.") % {
        "step": step.name,
        "at": told_at(since, facts.now),
        "whom": whom(asked, facts.names),
        "prompt": approvals.quoted(asked.prompt),
    }
    details = {"prompt": asked.prompt, "since": iso(since), "who": approvals.ways(asked)}
    return finding(step, Reason.PAUSED_FOR_MANUAL_ACTION, told, **details)


def _code(facts: Facts, step: StepFact) -> Finding:
    error = error_details(step.error) or {}
    path = str((error.get("details") or {}).get("path", ""))
    message = str(error.get("message", "")).rstrip(".")
    installed = code.installed(path)
    said = {"step": step.name, "error": message, "at": told_at(step.due_at, facts.now)}
    if installed:
        told = _("Step %(step)s goes on at %(at)s: its code was missing (%(error)s) and is here now.")
    else:
        told = _("Step %(step)s waits for its code (%(error)s), which is looked for again at %(at)s.")
    details = {
        "path": path,
        "error": error,
        "due_at": iso(step.due_at),
        "installed_here": installed,
        "clusters": facts.alive,
    }
    return finding(step, Reason.CODE_MISSING, unless_dead(facts, told % said), **details)
