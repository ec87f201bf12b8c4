"""Values that a newer version wrote and this version doesn't know."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from squid_mesh.definitions.blueprint import FORMAT
from squid_mesh.inspection.explain.explanation import Reason, StepReason
from squid_mesh.inspection.explain.facts.facts import Facts, StepFact, UnreadableRun
from squid_mesh.inspection.explain.reasons.step_reasons import run_reason, step_reason
from squid_mesh.inspection.snapshots.runs import ClusterSnapshot


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
    text = _("Step %(step)s asks people something that this version can't read; a newer version wrote it.")
    details = _details(facts, "request", None)
    return step_reason(step, Reason.UNKNOWN_VALUE, text % {"step": step.name}, **details)


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
