"""The broker's look at the step table: how much is due, and when the next step will be."""

from __future__ import annotations

from django.db.models import DateTimeField, ExpressionWrapper

from squid_mesh.models import StepRun
from squid_mesh.store.clock import DatabaseNow


def count_due(limit: int, using: str) -> int:
    """How many steps are due or have lost their worker: ``limit`` at most."""
    rows = StepRun.objects.using(using)
    due = rows.filter(due_at__lte=DatabaseNow()).values_list("pk")[:limit].count()
    if due < limit and rows.filter(lease_until__lt=DatabaseNow()).exists():
        due += 1
    return due


def seconds_to_next(longest: float, using: str) -> float:
    """Seconds until the next step is due, ``longest`` at most."""
    now = ExpressionWrapper(DatabaseNow(), output_field=DateTimeField())
    later = StepRun.objects.using(using).filter(due_at__gt=DatabaseNow())
    found = later.order_by("due_at").annotate(now=now).values_list("due_at", "now").first()
    if found is None:
        return longest
    due_at, now_at = found
    return float(min(longest, max(0.0, (due_at - now_at).total_seconds())))
