"""Steps that people hold up, found by their partial index."""

from __future__ import annotations

from django.db.models import BooleanField, F, Func, QuerySet

from squid_mesh.models import StepRun


class _IsHeld(Func):
    """The statuses as literals: SQLite doesn't see that a parameter would fit the index's condition."""

    template = "%(expressions)s IN ('paused', 'unknown')"
    output_field = BooleanField()


def held_steps(using: str) -> QuerySet[StepRun]:
    """The current visits that are paused or unknown. In the order of their keys they cost what they are."""
    return StepRun.objects.using(using).filter(_IsHeld(F("status")), current=True)
