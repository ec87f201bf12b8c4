"""Steps that wait for a time: a timer, the next attempt, or what they asked to wait for themselves."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from squid_mesh.inspection.explain.explanation import Reason
from squid_mesh.inspection.explain.facts.facts import Facts, StepFact
from squid_mesh.inspection.explain.reasons import running
from squid_mesh.inspection.explain.reasons.finding import (
    Finding,
    error_details,
    finding,
    iso,
    told_error,
    unless_dead,
)
from squid_mesh.inspection.explain.text.times import told_at
from squid_mesh.lifecycle import WaitingFor


def waiting(facts: Facts, step: StepFact) -> Finding:
    """A step that is due later; one whose time has come waits for a worker and nothing else."""
    if facts.due(step.due_at):
        return running.due(facts, step)
    details: dict[str, Any] = {"due_at": iso(step.due_at), "clusters": facts.alive}
    said = {"step": step.name, "at": told_at(step.due_at, facts.now)}
    if step.waiting_for == WaitingFor.RETRY:
        reason, told = Reason.WAITING_FOR_RETRY, _retry(facts, step, said, details)
    elif step.waiting_for == WaitingFor.DEFER:
        reason, told = Reason.DEFERRED, _deferred(facts, step, said, details)
    else:
        reason, told = Reason.WAITING_FOR_TIMER, _("Step %(step)s waits until %(at)s.") % said
    return finding(step, reason, unless_dead(facts, told), **details)


def _retry(facts: Facts, step: StepFact, said: dict[str, Any], details: dict[str, Any]) -> str:
    most = facts.blueprint.by_name[step.name].retry.max_attempts
    details |= {
        "next_attempt": step.attempt + 1,
        "failures": step.failures,
        "max_attempts": most,
        "error": error_details(step.error),
    }
    told = _(
        "Step %(step)s is tried again at %(at)s: %(failures)d of its %(most)d tries failed, the last of "
        "%(error)s."
    )
    said |= {"failures": step.failures, "most": most, "error": told_error(step.error)}
    return told % said


def _deferred(facts: Facts, step: StepFact, said: dict[str, Any], details: dict[str, Any]) -> str:
    why = facts.excuses.get(step.id, "")
    details |= {"deferrals": step.deferrals, "why": why}
    if not why:
        return _("Step %(step)s asked to run again later; it does at %(at)s.") % said
    said |= {"why": why.rstrip(".")}
    return _("Step %(step)s asked to run again later and does at %(at)s: %(why)s.") % said
