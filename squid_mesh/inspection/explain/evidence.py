"""The events that bear an explanation out."""

from __future__ import annotations

from typing import Final

from squid_mesh.inspection.explain.facts.facts import Facts
from squid_mesh.inspection.explain.reasons.finding import Finding
from squid_mesh.inspection.snapshots.runs import EventSnapshot
from squid_mesh.lifecycle import EventType

_MOST: Final = 5


def evidence(facts: Facts, found: Finding) -> tuple[EventSnapshot, ...]:
    """The last few about the step and about the run as a whole, in their order; comments bear nothing out.

    Where it is all of the run that is explained, all that happened is about it.
    """
    about = [
        event for event in facts.events if event.type != EventType.COMMENTED and _about(event, found.step)
    ]
    return tuple(about[-_MOST:])


def _about(event: EventSnapshot, step: str) -> bool:
    return not step or event.step in ("", step) or event.type.startswith("run_")
