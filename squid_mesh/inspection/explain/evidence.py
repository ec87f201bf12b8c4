"""The events that bear an explanation out."""

from __future__ import annotations

from typing import Final

from squid_mesh.inspection.explain.facts import Facts
from squid_mesh.inspection.explain.finding import Finding
from squid_mesh.inspection.snapshots import EventSnapshot

_MOST: Final = 5


def evidence(facts: Facts, found: Finding) -> tuple[EventSnapshot, ...]:
    """The last few about the step and about the run as a whole, in their order; comments bear nothing out."""
    about = [event for event in facts.events if event.step in ("", found.step) and event.type != "commented"]
    return tuple(about[-_MOST:])
