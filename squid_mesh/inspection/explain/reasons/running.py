"""Steps that a worker holds, or should take up: ready, due, running, past their time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from squid_mesh import conf
from squid_mesh.inspection.explain.explanation import Reason
from squid_mesh.inspection.explain.facts.facts import Facts, StepFact
from squid_mesh.inspection.explain.reasons.finding import Finding, finding, iso, unless_dead
from squid_mesh.inspection.explain.text.times import told_at, told_span
from squid_mesh.lifecycle import StepStatus, after_lost_worker

#: The words of ``details`` for what becomes of a step whose worker is lost.
_THEN: Final = {
    StepStatus.UNKNOWN: "unknown",
    StepStatus.CANCELLED: "cancelled",
    StepStatus.PAUSED: "crash_cap",
    StepStatus.READY: "retry",
}


def ready(facts: Facts, step: StepFact) -> Finding:
    """A step that any worker may take, from its due time on."""
    if facts.due(step.due_at):
        return due(facts, step)
    told = _("Step %(step)s starts at %(at)s, as whoever started the run wanted.") % {
        "step": step.name,
        "at": told_at(step.due_at, facts.now),
    }
    return finding(
        step, Reason.STEP_SCHEDULED, unless_dead(facts, told), due_at=iso(step.due_at), clusters=facts.alive
    )


def due(facts: Facts, step: StepFact) -> Finding:
    """A step whose time has come, whatever it waited for."""
    details: dict[str, Any] = {
        "due_at": iso(step.due_at),
        "due_seconds": int(facts.since(step.due_at).total_seconds()),
        "next_attempt": step.attempt + 1,
        "waited_for": step.waiting_for,
        "clusters": facts.alive,
    }
    if not facts.alive:
        return _no_worker(facts, step, Reason.PENDING_DISPATCH, step.due_at, details)
    told = ngettext(
        "Step %(step)s has been due since %(at)s and waits for a worker; %(n)d cluster is alive.",
        "Step %(step)s has been due since %(at)s and waits for a worker; %(n)d clusters are alive.",
        facts.alive,
    ) % {"step": step.name, "at": told_at(step.due_at, facts.now), "n": facts.alive}
    return finding(step, Reason.PENDING_DISPATCH, told, **details)


def running(facts: Facts, step: StepFact) -> Finding:
    """A step that a worker holds."""
    timeout = facts.blueprint.by_name[step.name].timeout
    ends_at = step.started_at + timedelta(seconds=timeout) if timeout and step.started_at else None
    details: dict[str, Any] = {
        "attempt": step.attempt,
        "worker": step.worker,
        "since": iso(step.started_at),
        "lease_until": iso(step.lease_until),
        "timeout_at": iso(ends_at),
    }
    if step.lease_until is not None and step.lease_until < facts.now:
        return _lost(facts, step, details)
    said = {"step": step.name, "worker": step.worker, "n": step.attempt}
    if ends_at is not None and ends_at < facts.now:
        told = _("Step %(step)s should have ended at %(at)s, by its timeout, and still runs in %(worker)s.")
        said |= {"at": told_at(ends_at, facts.now)}
        return finding(step, Reason.STEP_OVERDUE, told % said, overdue="timeout", **details)
    said |= {"span": told_span(facts.since(step.started_at)), "at": told_at(step.started_at, facts.now)}
    told = _("Step %(step)s has run for %(span)s, since %(at)s, in %(worker)s (attempt %(n)d).")
    return finding(step, Reason.STEP_RUNNING, told % said, **details)


def _lost(facts: Facts, step: StepFact, details: dict[str, Any]) -> Finding:
    """Its lease is over: whoever held it is gone, and the next worker takes it back."""
    details = {**details, "overdue": "lease", "then": _verdict(facts, step)}
    if not facts.alive:
        seconds = int(facts.since(step.lease_until).total_seconds())
        more = {"due_at": iso(step.lease_until), "due_seconds": seconds, "clusters": 0}
        return _no_worker(facts, step, Reason.STEP_OVERDUE, step.lease_until, details | more)
    then = {
        "retry": _("tries it again"),
        "crash_cap": _("parks it, for it has lost too many workers"),
        "unknown": _("leaves it to a person to say what came of it"),
        "cancelled": _("cancels it"),
    }
    told = _("Worker %(worker)s lost step %(step)s at %(at)s; the next worker that looks %(then)s.") % {
        "worker": step.worker,
        "step": step.name,
        "at": told_at(step.lease_until, facts.now),
        "then": then[details["then"]],
    }
    return finding(step, Reason.STEP_OVERDUE, told, **details)


def _verdict(facts: Facts, step: StepFact) -> str:
    """What becomes of a step that is taken back."""
    status, _waits_for = after_lost_worker(
        facts.status,
        on_crash=facts.blueprint.by_name[step.name].on_crash,
        crashes=step.crashes + 1,
        cap=conf.current().CRASH_CAP,
    )
    return _THEN[status]


def _no_worker(
    facts: Facts, step: StepFact, was: Reason, since: datetime | None, details: dict[str, Any]
) -> Finding:
    last = facts.clusters[0].seen_at if facts.clusters else None
    told = _(
        "Step %(step)s has been due since %(at)s, and no cluster is alive to execute it (%(seen)s): "
        "start one with manage.py qcluster."
    ) % {
        "step": step.name,
        "at": told_at(since, facts.now),
        "seen": _("the last one was seen at %(at)s") % {"at": told_at(last, facts.now)}
        if last
        else _("none has been seen lately"),
    }
    return finding(
        step, Reason.NO_WORKER_ALIVE, told, **details, was=was.value, last_cluster_seen_at=iso(last)
    )
