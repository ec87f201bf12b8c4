"""Appending audit events. The run's row counts them, so that sequences have no gap and no double."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import F

from squid_mesh.models import AuditEvent, Run
from squid_mesh.store.clock import DatabaseNow
from squid_mesh.store.values import Event


def append(run_id: UUID, new: Sequence[Event], using: str) -> None:
    """Append the events to the run's history, in their order, inside a transaction."""
    if not new:
        return
    runs = Run.objects.using(using).filter(pk=run_id)
    runs.update(event_count=F("event_count") + len(new))
    _write(run_id, new, runs.values_list("event_count", flat=True).get() - len(new), using)


def append_first(run_id: UUID, new: Sequence[Event], using: str) -> None:
    """Begin the history of a run that nobody else can see yet."""
    _write(run_id, new, 0, using)


def _write(run_id: UUID, new: Sequence[Event], last: int, using: str) -> None:
    AuditEvent.objects.using(using).bulk_create(
        AuditEvent(
            run_id=run_id,
            sequence=last + n,
            type=event.type.value,
            step=event.step,
            actor_id=event.actor_id,
            actor_text=event.actor_text,
            comment=event.comment,
            data=dict(event.data),
            created_at=DatabaseNow(),
        )
        for n, event in enumerate(new, start=1)
    )
