"""Values that a newer version wrote and this version doesn't know."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from squid_mesh.inspection.explain.explanation import Reason, StepReason
from squid_mesh.inspection.explain.facts.facts import Facts, StepFact
from squid_mesh.inspection.explain.reasons.step_reasons import run_reason, step_reason


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


def _quoted(value: str) -> str:
    return f"“{value}”"


def _details(facts: Facts, column: str, value: str | None) -> dict[str, Any]:
    versions = sorted({cluster.version for cluster in facts.clusters if cluster.alive})
    return {"column": column, "value": value, "cluster_versions": versions}
