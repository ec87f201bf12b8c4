"""A run's history: its attempts, its events and what people have said; all of it, or the last of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from squid_mesh import conf
from squid_mesh.definitions.values.paths import Path
from squid_mesh.definitions.values.texts import is_storable
from squid_mesh.exceptions import InvalidArgument
from squid_mesh.inspection.masking import Mask, masked
from squid_mesh.inspection.snapshots.runs import AttemptSnapshot, DecisionSnapshot, EventSnapshot
from squid_mesh.lifecycle import AttemptOutcome, EventType, read_value
from squid_mesh.models import Attempt, AuditEvent, Decision

_MOST = 500


def attempts(run_id: UUID, recent: int | None, using: str, mask: Mask) -> dict[int, list[AttemptSnapshot]]:
    """The attempts by the id of their step, in their order; with ``recent`` the last so many of each."""
    rows = Attempt.objects.using(using).filter(step__run_id=run_id)
    if recent is not None:
        place = Window(RowNumber(), partition_by=F("step_id"), order_by=F("id").desc())
        rows = rows.annotate(place=place).filter(place__lte=recent)
    found: dict[int, list[AttemptSnapshot]] = defaultdict(list)
    for row in rows.order_by("started_at", "id"):
        found[row.step_id].append(attempt(row, mask))
    return found


def attempt(row: Attempt, mask: Mask) -> AttemptSnapshot:
    """One attempt, to show."""
    return AttemptSnapshot(
        number=row.number,
        kind=row.kind,
        worker=row.worker,
        started_at=row.started_at,
        ended_at=row.ended_at,
        outcome=read_value(AttemptOutcome, row.outcome),
        error=mask(row.error),
    )


def events(run_id: UUID, recent: int | None, using: str, mask: Mask) -> tuple[EventSnapshot, ...]:
    """The events in their order; with ``recent`` the last so many."""
    rows = AuditEvent.objects.using(using).filter(run_id=run_id)
    if recent is None:
        return tuple(event(row, mask) for row in rows.order_by("sequence"))
    return tuple(event(row, mask) for row in reversed(rows.order_by("-sequence")[:recent]))


def event(row: AuditEvent, mask: Mask) -> EventSnapshot:
    """One event, to show."""
    return EventSnapshot(
        sequence=row.sequence,
        type=read_value(EventType, row.type),
        step=row.step,
        actor=row.actor_text,
        comment=row.comment,
        data=mask(row.data),
        created_at=row.created_at,
    )


def decisions(run_id: UUID, using: str) -> dict[int, list[Decision]]:
    """What people have said, by the id of the step."""
    found: dict[int, list[Decision]] = defaultdict(list)
    for word in Decision.objects.using(using).filter(step__run_id=run_id).order_by("id"):
        found[word.step_id].append(word)
    return found


def decision(word: Decision, secrets: Sequence[Path], mask: Mask) -> DecisionSnapshot:
    """One person's word, to show."""
    return DecisionSnapshot(
        exit=word.exit,
        actor=word.actor_text,
        comment=word.comment,
        data=mask(word.data, [*secrets, *(word.secrets or ())]),
        created_at=word.created_at,
    )


def events_before(run_id: UUID, *, before: int | None, limit: int) -> tuple[EventSnapshot, ...]:
    """Some events, the newest first, of those with a smaller sequence. One query."""
    _check(limit)
    rows = AuditEvent.objects.using(conf.database()).filter(run_id=run_id)
    if before is not None:
        rows = rows.filter(sequence__lt=before)
    return tuple(event(row, masked) for row in rows.order_by("-sequence")[:limit])


def attempts_before(
    run_id: UUID, step: str, *, visit: int, before: int | None, limit: int
) -> tuple[AttemptSnapshot, ...]:
    """Some attempts at that visit of the step, the newest first, of those numbered lower. One query."""
    _check(limit)
    if not is_storable(step):
        return ()
    rows = Attempt.objects.using(conf.database()).filter(
        step__run_id=run_id, step__name=step, step__visit=visit
    )
    if before is not None:
        rows = rows.filter(number__lt=before)
    return tuple(attempt(row, masked) for row in rows.order_by("-number")[:limit])


def _check(limit: int) -> None:
    if not 1 <= limit <= _MOST:
        raise InvalidArgument(f"limit is 1 to {_MOST}.", argument="limit")
