"""Steps that a worker executes, or is to execute: ready, due, running, or past their time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from squid_mesh import conf
from squid_mesh.definitions.code_paths import can_load
from squid_mesh.inspection.explain.explanation import Reason, StepReason
from squid_mesh.inspection.explain.facts.facts import Facts, StepFact
from squid_mesh.inspection.explain.reasons import unreadable
from squid_mesh.inspection.explain.reasons.step_reasons import iso, step_reason, warn_without_cluster
from squid_mesh.inspection.explain.text.times import duration_text, time_text
from squid_mesh.inspection.snapshots.runs import ClusterSnapshot
from squid_mesh.lifecycle import StepStatus, Unrecognized, after_lost_worker

#: ``details["then"]``: what recovery does with a step whose worker is lost, by the status it gives it.
_THEN: Final = {
    StepStatus.UNKNOWN: "unknown",
    StepStatus.CANCELLED: "cancelled",
    StepStatus.PAUSED: "crash_cap",
    StepStatus.READY: "retry",
}


def explain_ready(facts: Facts, step: StepFact) -> StepReason:
    """Return the reason of a step that any worker may execute from its due time on."""
    if isinstance(step.waiting_for, Unrecognized):
        return unreadable.explain_unknown_wait(facts, step)
    if facts.is_due(step.due_at):
        return explain_due(facts, step)
    text = _("Step %(step)s is scheduled to start at %(at)s.") % {
        "step": step.name,
        "at": time_text(step.due_at, facts.now),
    }
    summary = warn_without_cluster(facts, text)
    return step_reason(step, Reason.STEP_SCHEDULED, summary, due_at=iso(step.due_at), clusters=facts.alive)


def explain_due(facts: Facts, step: StepFact) -> StepReason:
    """Return the reason of a step that is due, whatever it waited for."""
    details: dict[str, Any] = {
        "due_at": iso(step.due_at),
        "due_seconds": int(facts.elapsed(step.due_at).total_seconds()),
        "next_attempt": step.attempt + 1,
        "waited_for": step.waiting_for,
        "clusters": facts.alive,
    }
    if not facts.alive:
        return _no_cluster(facts, step, Reason.PENDING_DISPATCH, step.due_at, details)
    text = ngettext(
        "Step %(step)s has been due since %(at)s and waits for a worker; %(n)d worker cluster is running.",
        "Step %(step)s has been due since %(at)s and waits for a worker; %(n)d worker clusters are running.",
        facts.alive,
    ) % {"step": step.name, "at": time_text(step.due_at, facts.now), "n": facts.alive}
    without = facts.find_clusters_without(step)
    if without and len(without) == facts.alive:
        return _no_code(facts, step, without)
    if without:
        words = {"text": text.rstrip("."), "clusters": ", ".join(_names(without))}
        text = _("%(text)s; its code is missing in %(clusters)s.") % words
    return step_reason(step, Reason.PENDING_DISPATCH, text, **details, without_code=_names(without))


def _no_code(facts: Facts, step: StepFact, without: Sequence[ClusterSnapshot]) -> StepReason:
    """No running cluster has its code, or can read its definition. If it is the code, it will be paused."""
    path = facts.blueprint.by_name[step.name].target
    text = ngettext(
        "Step %(step)s has been due since %(at)s, but the running worker cluster doesn't have its code: "
        "deploy it.",
        "Step %(step)s has been due since %(at)s, but none of the %(n)d running worker clusters has its "
        "code: deploy it.",
        facts.alive,
    ) % {"step": step.name, "at": time_text(step.due_at, facts.now), "n": facts.alive}
    details = {
        "path": path,
        "error": None,
        "due_at": iso(step.due_at),
        "installed_here": can_load(path),
        "clusters": facts.alive,
        "without_code": _names(without),
    }
    return step_reason(step, Reason.CODE_MISSING, text, **details)


def _names(clusters: Sequence[ClusterSnapshot]) -> list[str]:
    return [cluster.describe() for cluster in clusters]


def explain_running(facts: Facts, step: StepFact) -> StepReason:
    """Return the reason of a step that a worker holds."""
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
    words = {"step": step.name, "worker": step.worker, "n": step.attempt}
    if ends_at is not None and ends_at < facts.now:
        text = _("Step %(step)s reached its timeout at %(at)s but still runs on worker %(worker)s.")
        words |= {"at": time_text(ends_at, facts.now)}
        return step_reason(step, Reason.STEP_OVERDUE, text % words, overdue="timeout", **details)
    words |= {
        "elapsed": duration_text(facts.elapsed(step.started_at)),
        "at": time_text(step.started_at, facts.now),
    }
    text = _(
        "Step %(step)s has been running for %(elapsed)s, since %(at)s, on worker %(worker)s (attempt %(n)d)."
    )
    return step_reason(step, Reason.STEP_RUNNING, text % words, **details)


def _lost(facts: Facts, step: StepFact, details: dict[str, Any]) -> StepReason:
    """Its lease has expired: its worker is lost, and another worker recovers the step."""
    then = _recovery_of(facts, step)
    details = {**details, "overdue": "lease", "then": then}
    if not facts.alive:
        seconds = int(facts.elapsed(step.lease_until).total_seconds())
        more = {"due_at": iso(step.lease_until), "due_seconds": seconds, "clusters": 0}
        return _no_cluster(facts, step, Reason.STEP_OVERDUE, step.lease_until, details | more)
    outcomes = {
        "retry": _("runs it again"),
        "crash_cap": _("pauses it, because it has lost too many workers"),
        "unknown": _("leaves it for a person to decide whether it finished"),
        "cancelled": _("cancels it"),
    }
    text = _(
        "Worker %(worker)s, which ran step %(step)s, was lost at %(at)s; the next free worker %(then)s."
    ) % {
        "worker": step.worker,
        "step": step.name,
        "at": time_text(step.lease_until, facts.now),
        "then": outcomes[then],
    }
    return step_reason(step, Reason.STEP_OVERDUE, text, **details)


def _recovery_of(facts: Facts, step: StepFact) -> str:
    """Return what recovery will do with the step, as ``details["then"]`` has it."""
    if isinstance(facts.status, Unrecognized):
        return _THEN[StepStatus.UNKNOWN]
    status, _waiting_for = after_lost_worker(
        facts.status,
        on_crash=facts.blueprint.by_name[step.name].on_crash,
        crashes=step.crashes + 1,
        cap=conf.current().CRASH_CAP,
    )
    return _THEN[status]


def _no_cluster(
    facts: Facts, step: StepFact, would_be: Reason, since: datetime | None, details: dict[str, Any]
) -> StepReason:
    last = facts.clusters[0].seen_at if facts.clusters else None
    more = {"would_be": would_be.value, "last_cluster_seen_at": iso(last), "stalled": facts.stalled}
    if facts.stalled:
        text = _(
            "Step %(step)s has been due since %(at)s, but the running worker clusters start no steps: "
            "run manage.py squid_mesh doctor to find out why."
        ) % {"step": step.name, "at": time_text(since, facts.now)}
        return step_reason(step, Reason.NO_CLUSTER_RUNNING, text, **details, **more)
    text = _(
        "Step %(step)s has been due since %(at)s, but no worker cluster is running (%(seen)s): "
        "start one with manage.py squid_mesh worker."
    ) % {
        "step": step.name,
        "at": time_text(since, facts.now),
        "seen": _("the last one reported at %(at)s") % {"at": time_text(last, facts.now)}
        if last
        else _("none has reported"),
    }
    return step_reason(step, Reason.NO_CLUSTER_RUNNING, text, **details, **more)
