"""Stored values that this version can't read: a newer version wrote them, or they are damaged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from squid_mesh.definitions.blueprint import FORMAT
from squid_mesh.inspection.explain.explanation import Reason, StepReason
from squid_mesh.inspection.explain.facts.facts import Facts, StepFact, UnreadableRun
from squid_mesh.inspection.explain.reasons.step_reasons import (
    iso,
    run_reason,
    step_reason,
    warn_without_cluster,
)
from squid_mesh.inspection.explain.text.times import time_text
from squid_mesh.inspection.snapshots.runs import ClusterSnapshot
from squid_mesh.inspection.snapshots.unreadable import UnreadableValue


def explain_unknown_run_status(facts: Facts) -> StepReason:
    """Return the reason of a run whose status this version doesn't know."""
    text = _("Status %(value)s is not known to this version; a newer version wrote it.")
    words = {"value": _quoted(facts.status)}
    return run_reason(Reason.UNKNOWN_VALUE, text % words, _details(facts, "status", facts.status))


def explain_unknown_step_status(facts: Facts, step: StepFact) -> StepReason:
    """Return the reason of a step whose status this version doesn't know."""
    text = _("Status %(value)s of step %(step)s is not known to this version; a newer version wrote it.")
    words = {"value": _quoted(step.status), "step": step.name}
    details = _details(facts, "status", step.status)
    return step_reason(step, Reason.UNKNOWN_VALUE, text % words, **details)


def explain_unknown_wait(facts: Facts, step: StepFact) -> StepReason:
    """Return the reason of an open step that waits for something this version doesn't know."""
    waiting_for = step.waiting_for or ""
    text = _(
        "Step %(step)s is %(status)s and waits for %(value)s, which is not known to this version; "
        "a newer version wrote it."
    )
    words = {"step": step.name, "status": step.status, "value": _quoted(waiting_for)}
    details = _details(facts, "waiting_for", waiting_for)
    return step_reason(step, Reason.UNKNOWN_VALUE, text % words, **details)


def explain_unreadable_request(facts: Facts, step: StepFact) -> StepReason:
    """Return the reason of a step whose question to people this version can't read."""
    value = next(one for one in step.unreadable if one.column == "request")
    text = _("Step %(step)s asks people something that can't be read (%(value)s); %(fix)s.")
    words = {"step": step.name, "value": _describe(value), "fix": _repair()}
    return step_reason(step, Reason.UNREADABLE_ROW, text % words, **_row_details(facts, value))


def explain_unreadable_input(facts: Facts, step: StepFact) -> StepReason:
    """Return the reason of a step that needs a value which a worker couldn't read: its code wasn't called."""
    found = (step.error or {}).get("details")
    named = found if isinstance(found, dict) else {}
    details: dict[str, Any] = {key: str(named.get(key, "")) for key in UnreadableValue.model_fields}
    text = _(
        "Step %(step)s is paused, because a value that it needs can't be read (%(value)s); %(fix)s; "
        "a worker checks again at %(at)s."
    )
    words = {
        "step": step.name,
        "value": _describe(UnreadableValue(**details)),
        "fix": _repair(),
        "at": time_text(step.due_at, facts.now),
    }
    details |= {
        "due_at": iso(step.due_at),
        "clusters": facts.alive,
        "cluster_versions": _cluster_versions(facts.clusters),
    }
    summary = warn_without_cluster(facts, text % words)
    return step_reason(step, Reason.UNREADABLE_ROW, summary, **details)


def explain_unreadable_error(facts: Facts, step: StepFact | None, value: UnreadableValue) -> StepReason:
    """Return the reason of a run that failed with an error that can't be read."""
    words = {"value": _describe(value), "fix": _repair()}
    details = _row_details(facts, value)
    if step is None:
        text = _("The run failed, but its error can't be read (%(value)s); %(fix)s.")
        return run_reason(Reason.UNREADABLE_ROW, text % words, details)
    text = _("Step %(step)s failed the run, but its error can't be read (%(value)s); %(fix)s.")
    return step_reason(step, Reason.UNREADABLE_ROW, text % {**words, "step": step.name}, **details)


def _describe(value: UnreadableValue) -> str:
    return _("column %(column)s of row %(id)s in table %(table)s: %(problem)s") % value.model_dump()


def _repair() -> str:
    return _("upgrade this process if it is older than the workers, or repair the value in the database")


def _row_details(facts: Facts, value: UnreadableValue) -> dict[str, Any]:
    return {**value.model_dump(), "cluster_versions": _cluster_versions(facts.clusters)}


def explain_unreadable_definition(run: UnreadableRun) -> StepReason:
    """Return the reason of a run whose definition this version can't read."""
    problem = run.problem
    if problem.format is not None and problem.format > FORMAT:
        text = _(
            "The definition of this run has format %(format)d, but this version reads formats up to "
            "%(readable)d; workers of the newer version run it, this process needs an upgrade to show it."
        ) % {"format": problem.format, "readable": FORMAT}
    else:
        text = _("The stored definition of this run is not valid, so no worker of this version can run it.")
    details = {
        "fingerprint": problem.fingerprint,
        "format": problem.format,
        "readable_format": FORMAT,
        "message": problem.message,
        "cluster_versions": _cluster_versions(run.clusters),
    }
    return run_reason(Reason.UNREADABLE_DEFINITION, text, details)


def _quoted(value: str) -> str:
    return f"“{value}”"


def _details(facts: Facts, column: str, value: str | None) -> dict[str, Any]:
    return {"column": column, "value": value, "cluster_versions": _cluster_versions(facts.clusters)}


def _cluster_versions(clusters: Iterable[ClusterSnapshot]) -> list[str]:
    return sorted({cluster.version for cluster in clusters if cluster.alive})
