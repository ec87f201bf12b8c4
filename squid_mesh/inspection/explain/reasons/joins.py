"""Steps that the run hasn't reached because their incoming ways aren't decided."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from squid_mesh.inspection.explain.explanation import Reason
from squid_mesh.inspection.explain.facts.facts import Facts
from squid_mesh.inspection.explain.reasons.finding import Finding
from squid_mesh.lifecycle import ACTIVE_RUN


def undecided(facts: Facts) -> Iterator[Finding]:
    """The joins at which one way has arrived and another is still open."""
    if facts.status not in ACTIVE_RUN:
        return
    for name in facts.blueprint.order:
        if name in facts.current:
            continue
        sources = dict.fromkeys(edge.source for edge in facts.blueprint.incoming[name])
        open_ways = [source for source in sources if not _over(facts, source)]
        if len(open_ways) in (0, len(sources)):
            continue
        told = _("Step %(step)s waits for %(steps)s to end.") % {"step": name, "steps": ", ".join(open_ways)}
        yield Finding(
            step=name,
            visit=_visit(facts, name),
            reason=Reason.WAITING_FOR_DEPENDENCIES,
            summary=told,
            details={"waits_for": open_ways, "join": facts.blueprint.by_name[name].join},
        )


def _over(facts: Facts, name: str) -> bool:
    step = facts.current.get(name)
    return step is not None and step.over


def _visit(facts: Facts, name: str) -> int:
    return sum(step.name == name for step in facts.steps) + 1
