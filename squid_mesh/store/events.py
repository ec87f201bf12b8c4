"""Audit events. The run's row counts them, so that their sequence has no gap and no duplicate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F

from squid_mesh.lifecycle import EventType
from squid_mesh.models import AuditEvent, Run
from squid_mesh.store.clock import DatabaseNow
from squid_mesh.store.values import Event

#: The types of the events that end a step's wait for a person.
_ANSWERS = (
    EventType.APPROVED,
    EventType.REJECTED,
    EventType.DECIDED,
    EventType.RESUMED,
    EventType.APPROVAL_TIMED_OUT,
    EventType.STEP_SKIPPED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Who ended a step's wait for a person, and when in ISO form. Both are empty if its deadline did."""

    actor_text: str = ""
    at: str = ""


def append_events(run_id: UUID, new: Sequence[Event], using: str) -> None:
    """Append the events to the run's history, in that order. Call it inside a transaction."""
    if not new:
        return
    runs = Run.objects.using(using).filter(pk=run_id)
    runs.update(event_count=F("event_count") + len(new))
    _write(run_id, new, runs.values_list("event_count", flat=True).get() - len(new), using)


def append_first_events(run_id: UUID, new: Sequence[Event], using: str) -> None:
    """Write the first events of a run that no other transaction can see yet."""
    _write(run_id, new, 0, using)


def _write(run_id: UUID, new: Sequence[Event], last: int, using: str) -> None:
    AuditEvent.objects.using(using).bulk_create(
        AuditEvent(
            run_id=run_id,
            sequence=last + n,
            type=event.type.value,
            step=event.step,
            actor_key=event.actor_key,
            actor_text=event.actor_text,
            comment=event.comment,
            data=dict(event.data),
            created_at=DatabaseNow(),
        )
        for n, event in enumerate(new, start=1)
    )


def is_last(run_id: UUID, event: Event, using: str) -> bool:
    """Return whether the run's latest event is the same one: its type, step, actor and comment."""
    latest = AuditEvent.objects.using(using).filter(run_id=run_id).order_by("sequence")
    columns = latest.values_list("type", "step", "actor_key", "actor_text", "comment").last()
    return columns == (event.type.value, event.step, event.actor_key, event.actor_text, event.comment)


def read_starter_key(run_id: UUID, using: str) -> str | None:
    """Return the primary key of the user who started the run, as text; None if no user did."""
    first = AuditEvent.objects.using(using).filter(run_id=run_id, sequence=1)
    return first.values_list("actor_key", flat=True).first() or None


def read_start_time(run_id: UUID, using: str) -> str | None:
    """Return the ``start_at`` that the run was started with, in ISO form; None without one."""
    first = AuditEvent.objects.using(using).filter(run_id=run_id, sequence=1)
    data = first.values_list("data", flat=True).first() or {}
    return data.get("start_at")


def read_last_answer(run_id: UUID, step: str, using: str) -> Answer:
    """Return who ended the wait of that step for a person, and when."""
    ends = AuditEvent.objects.using(using).filter(run_id=run_id, step=step, type__in=_ANSWERS)
    found = ends.order_by("sequence").values_list("actor_text", "created_at").last()
    return Answer() if found is None else Answer(actor_text=found[0], at=found[1].isoformat())
