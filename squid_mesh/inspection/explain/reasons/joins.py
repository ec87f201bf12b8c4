"""Joins that one edge has reached while another is still open."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from squid_mesh.inspection.explain.explanation import Reason, StepReason
from squid_mesh.inspection.explain.facts.facts import Facts
from squid_mesh.lifecycle import ACTIVE_RUN


def waiting_joins(facts: Facts) -> Iterator[StepReason]:
    """Yield a reason for each join that waits for a step to end."""
    if facts.status not in ACTIVE_RUN:
        return
    earlier = {step.name: step.visit for step in sorted(facts.steps, key=lambda step: step.visit)}
    for name in facts.blueprint.order:
        if name in facts.current:
            continue
        sources = dict.fromkeys(edge.source for edge in facts.blueprint.incoming[name])
        pending = [source for source in sources if not _has_ended(facts, source)]
        if len(pending) in (0, len(sources)):
            continue
        yield StepReason(
            step=name,
            visit=earlier.get(name, 0) + 1,
            reason=Reason.WAITING_FOR_DEPENDENCIES,
            summary=_("Step %(step)s waits for %(steps)s to end.")
            % {"step": name, "steps": ", ".join(pending)},
            details={"waits_for": pending, "join": facts.blueprint.by_name[name].join},
        )


def _has_ended(facts: Facts, name: str) -> bool:
    step = facts.current.get(name)
    return step is not None and step.ended
