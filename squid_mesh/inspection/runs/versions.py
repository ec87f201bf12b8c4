"""The version of a run: a short text that changes with the run, for clients that wait for changes."""

from __future__ import annotations

import hashlib
from uuid import UUID

from django.db.models import Count, Max, Sum

from squid_mesh import conf
from squid_mesh.exceptions import RunNotFound
from squid_mesh.models import Run, StepRun


def read_version(run_id: UUID) -> str:
    """Return the version. Two queries, which read no value. Raises RunNotFound."""
    using = conf.database()
    steps = StepRun.objects.using(using).filter(run_id=run_id)
    by_status = steps.order_by("status", "waiting_for", "current").values_list(
        "status",
        "waiting_for",
        "current",
        Count("id"),
        Sum("attempt_number"),
        Sum("crashes"),
        Sum("deferrals"),
        Max("visit"),
        Max("due_at"),
        Max("started_at"),
        Max("finished_at"),
    )
    found = list(by_status)
    columns = ("status", "event_count", "started_at", "finished_at")
    run = Run.objects.using(using).filter(pk=run_id).values_list(*columns).first()
    if run is None:
        raise RunNotFound(f"There is no run {run_id}.", run_id=str(run_id))
    return hashlib.sha256(repr((run, found)).encode()).hexdigest()[:20]
