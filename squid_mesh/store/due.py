"""The broker's look at the step table: what is due, what lost its worker, and when the next step is due."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connections
from django.db.models import DateTimeField, ExpressionWrapper

from squid_mesh.models import StepRun
from squid_mesh.store import prepared
from squid_mesh.store.clock import DatabaseNow


@dataclass(frozen=True, slots=True)
class Due:
    """``steps``: how many are due, up to the limit asked for. ``lost``: some lease is over.

    ``next_in``: seconds until a later step is due; None where there is none.
    """

    steps: int
    lost: bool
    next_in: float | None


_LOOK = """
SELECT
    (SELECT count(*) FROM (
        SELECT 1 FROM squid_mesh_steprun WHERE due_at <= statement_timestamp() LIMIT %s) due),
    EXISTS (SELECT 1 FROM squid_mesh_steprun WHERE lease_until < statement_timestamp()),
    (SELECT extract(epoch FROM due_at - statement_timestamp())::float8 FROM squid_mesh_steprun
        WHERE due_at > statement_timestamp() ORDER BY due_at LIMIT 1)
"""


def look(limit: int, using: str) -> Due:
    """What the step table holds for workers, at most ``limit`` steps of it. Writes nothing."""
    connection = connections[using]
    if connection.vendor == "postgresql":
        [(steps, lost, next_in)] = prepared.execute(_LOOK, [limit], using)
        return Due(steps, lost, next_in)
    rows = StepRun.objects.using(using)
    steps = rows.filter(due_at__lte=DatabaseNow()).values_list("pk")[:limit].count()
    lost = rows.filter(lease_until__lt=DatabaseNow()).exists()
    return Due(steps, lost, _next_in(using))


def _next_in(using: str) -> float | None:
    now = ExpressionWrapper(DatabaseNow(), output_field=DateTimeField())
    later = StepRun.objects.using(using).filter(due_at__gt=DatabaseNow()).order_by("due_at")
    found = later.annotate(now=now).values_list("due_at", "now").first()
    if found is None:
        return None
    due_at, now_at = found
    return float((due_at - now_at).total_seconds())
