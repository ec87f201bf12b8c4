"""What people have said at approvals. The caller holds the run's lock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from squid_mesh.lifecycle import EventType
from squid_mesh.models import AuditEvent, Decision
from squid_mesh.store.clock import DatabaseNow
from squid_mesh.store.values import Json

#: The events that say how a held step ended.
_ENDS = (
    EventType.APPROVED,
    EventType.REJECTED,
    EventType.DECIDED,
    EventType.RESUMED,
    EventType.APPROVAL_TIMED_OUT,
    EventType.STEP_SKIPPED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One person's decision. ``at`` is in ISO form."""

    exit: str
    actor_key: str
    actor_text: str
    at: str = ""


def of_step(step_id: int, using: str) -> list[Word]:
    """What has been said at that visit, in order."""
    return [
        Word(exit=exit, actor_key=key, actor_text=text, at=at.isoformat())
        for exit, key, text, at in Decision.objects.using(using)
        .filter(step_id=step_id)
        .order_by("id")
        .values_list("exit", "actor_key", "actor_text", "created_at")
    ]


def add(step_id: int, word: Word, actor_id: Any, comment: str, data: Json, using: str) -> None:
    """Record one decision."""
    Decision.objects.using(using).create(
        step_id=step_id,
        exit=word.exit,
        actor_id=actor_id,
        actor_key=word.actor_key,
        actor_text=word.actor_text,
        comment=comment,
        data=data,
        created_at=DatabaseNow(),
    )


def starter_of(run_id: UUID, using: str) -> str | None:
    """The primary key of the user who started the run, as text; None where no user did."""
    first = AuditEvent.objects.using(using).filter(run_id=run_id, sequence=1)
    key = first.values_list("actor_id", flat=True).first()
    return None if key is None else str(key)


def last_word(run_id: UUID, step: str, using: str) -> tuple[str, str]:
    """Who ended the held step and when, in ISO form; nobody, where its deadline did."""
    ends = AuditEvent.objects.using(using).filter(run_id=run_id, step=step, type__in=_ENDS)
    found = ends.order_by("sequence").values_list("actor_text", "created_at").last()
    return ("", "") if found is None else (found[0], found[1].isoformat())
