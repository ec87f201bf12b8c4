"""Stored values that this version can't read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from squid_mesh.inspection.doctor.finding import Finding, Site, error
from squid_mesh.inspection.held_steps import held_steps
from squid_mesh.inspection.snapshots.unreadable import UnreadableValue
from squid_mesh.inspection.stored_json import find_unreadable
from squid_mesh.lifecycle import StepStatus, WaitingFor
from squid_mesh.models import Run

#: How many held steps, the oldest, and how many of the newest runs are examined.
_HELD: Final = 1_000
_RUNS: Final = 500
_SHOWN: Final = 10


def check_rows(site: Site) -> Iterator[Finding]:
    """Find steps that wait for a value to be repaired, and such values of held steps and the newest runs."""
    waiting_for = WaitingFor.UNREADABLE_ROW.value
    held = held_steps(site.using).filter(status=StepStatus.PAUSED.value).order_by("pk")
    parked = list(held.filter(waiting_for=waiting_for).values_list("run_id", flat=True)[:_SHOWN])
    values = _find_values(site.using)
    if parked or values:
        about = f"{len(values)} values" if values else "values"
        named = "; the first one: " + str(values[0]) if values else "."
        yield error(
            "unreadable_row",
            f"Stored data has {about} that can't be read, and {len(parked)} steps wait for them{named}",
            "Upgrade this process if it is older than the workers, or repair the values in the database.",
            values=[value.model_dump() for value in values[:_SHOWN]],
            runs=[str(run_id) for run_id in dict.fromkeys(parked)],
        )


def _find_values(using: str) -> tuple[UnreadableValue, ...]:
    steps = held_steps(using).order_by("pk").defer("input", "output")[:_HELD]
    runs = Run.objects.using(using).order_by("-created_at", "-id").defer("payload")[:_RUNS]
    return (*find_unreadable(steps), *find_unreadable(runs))
