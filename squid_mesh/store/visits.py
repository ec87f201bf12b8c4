"""Visits of steps: which is current, and making one history. The caller holds the run's lock."""

from __future__ import annotations

from collections.abc import Sequence, Set
from uuid import UUID

from django.db import connections
from django.db.models import Max

from squid_mesh.lifecycle import OPEN_STEP, StepStatus
from squid_mesh.models import StepRun
from squid_mesh.store.clock import DatabaseNow

_OPEN = [status.value for status in OPEN_STEP]


def last_visit(run_id: UUID, name: str, using: str) -> int:
    """The number of the step's last visit, 0 where it had none."""
    rows = StepRun.objects.using(using).filter(run_id=run_id, name=name)
    return rows.aggregate(last=Max("visit"))["last"] or 0


def take_back(run_id: UUID, names: Sequence[str], settling: Set[int], using: str) -> list[StepRun]:
    """Make the current visits of those steps history, and cancel the open ones, which it gives as they were.

    Those in ``settling`` keep their status. Locking the rows first waits for claims being made.
    """
    current = StepRun.objects.using(using).filter(run_id=run_id, name__in=names, current=True)
    locked = current.defer("input", "output", "error", "request").order_by("id")
    if connections[using].features.has_select_for_update:
        locked = locked.select_for_update()
    was_open = [step for step in locked if step.status in _OPEN and step.pk not in settling]
    current.filter(pk__in=[step.pk for step in was_open]).update(
        status=StepStatus.CANCELLED.value,
        waiting_for="",
        due_at=None,
        claim_token=None,
        lease_until=None,
        finished_at=DatabaseNow(),
    )
    current.update(current=False)
    return was_open
