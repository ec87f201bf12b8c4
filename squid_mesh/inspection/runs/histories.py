"""A run's history: attempts, events and votes; all of it, or the latest part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from uuid import UUID

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from squid_mesh import conf
from squid_mesh.definitions.values.paths import Path
from squid_mesh.definitions.values.texts import is_storable
from squid_mesh.exceptions import InvalidArgument
from squid_mesh.inspection.masking import Mask, masked
from squid_mesh.inspection.snapshots.runs import AttemptSnapshot, DecisionSnapshot, EventSnapshot
from squid_mesh.inspection.stored_json import find_unreadable
from squid_mesh.lifecycle import AttemptOutcome, EventType, read_value
from squid_mesh.models import Attempt, AuditEvent, Decision

_MOST = 500
_ATTEMPT_COLUMNS = ("number", "kind", "worker", "started_at", "ended_at", "outcome", "error")


def read_attempts(run_id: UUID, recent: int | None, using: str) -> dict[int, list[Attempt]]:
    """Return the attempts in order, by step id; with ``recent``, only that many of each step's latest."""
    rows = Attempt.objects.using(using).filter(step__run_id=run_id)
    if recent is not None:
        place = Window(RowNumber(), partition_by=F("step_id"), order_by=F("id").desc())
        rows = rows.annotate(place=place).filter(place__lte=recent)
    found: dict[int, list[Attempt]] = defaultdict(list)
    for row in rows.order_by("started_at", "id"):
        found[row.step_id].append(row)
    return found


def read_latest_attempts(
    run_id: UUID, steps: Collection[str], recent: int, most: int, using: str
) -> dict[tuple[str, int], list[Attempt]]:
    """Return the latest attempts of these steps in order, by step and visit: at most ``most`` in all.

    Two queries: the first one sorts only keys, because each attempt may have a long traceback.
    """
    own = Attempt.objects.using(using).filter(step__run_id=run_id, step__name__in=steps)
    place = Window(RowNumber(), partition_by=F("step_id"), order_by=F("id").desc())
    latest = own.annotate(place=place).filter(place__lte=recent).order_by("-id").values_list("pk", flat=True)
    rows = Attempt.objects.using(using).filter(pk__in=list(latest[:most])).select_related("step")
    found: dict[tuple[str, int], list[Attempt]] = defaultdict(list)
    for row in rows.order_by("started_at", "id").only(*_ATTEMPT_COLUMNS, "step__name", "step__visit"):
        found[row.step.name, row.step.visit].append(row)
    return found


def read_votes(run_id: UUID, steps: Collection[str], using: str) -> dict[tuple[str, int], list[Decision]]:
    """Return the decisions of people at these steps, by step and visit."""
    found: dict[tuple[str, int], list[Decision]] = defaultdict(list)
    rows = Decision.objects.using(using).filter(step__run_id=run_id, step__name__in=steps)
    for row in rows.select_related("step").order_by("id"):
        found[row.step.name, row.step.visit].append(row)
    return found


def make_attempt(row: Attempt, mask: Mask) -> AttemptSnapshot:
    """Return the snapshot of an attempt."""
    return AttemptSnapshot(
        number=row.number,
        kind=row.kind,
        worker=row.worker,
        started_at=row.started_at,
        ended_at=row.ended_at,
        outcome=read_value(AttemptOutcome, row.outcome),
        error=mask(row.error),
    )


def read_events(run_id: UUID, recent: int | None, using: str) -> list[AuditEvent]:
    """Return the events in order; with ``recent``, only that many of the latest."""
    rows = AuditEvent.objects.using(using).filter(run_id=run_id)
    if recent is None:
        return list(rows.order_by("sequence"))
    return list(reversed(rows.order_by("-sequence")[:recent]))


def make_event(row: AuditEvent, mask: Mask) -> EventSnapshot:
    """Return the snapshot of an event."""
    return EventSnapshot(
        sequence=row.sequence,
        type=read_value(EventType, row.type),
        step=row.step,
        actor=row.actor_text,
        comment=row.comment,
        data=mask(row.data),
        created_at=row.created_at,
        unreadable=find_unreadable([row]),
    )


def read_decisions(run_id: UUID, using: str) -> dict[int, list[Decision]]:
    """Return the decisions of people, by step id."""
    found: dict[int, list[Decision]] = defaultdict(list)
    for row in Decision.objects.using(using).filter(step__run_id=run_id).order_by("id"):
        found[row.step_id].append(row)
    return found


def make_decision(row: Decision, secrets: Sequence[Path], mask: Mask) -> DecisionSnapshot:
    """Return the snapshot of one person's decision."""
    return DecisionSnapshot(
        exit=row.exit,
        actor=row.actor_text,
        comment=row.comment,
        data=mask(row.data, [*secrets, *(row.secrets or ())]),
        created_at=row.created_at,
    )


def list_events(run_id: UUID, *, before: int | None, limit: int) -> tuple[EventSnapshot, ...]:
    """Return events with a smaller sequence than ``before``, newest first. One query."""
    _check(limit)
    rows = AuditEvent.objects.using(conf.database()).filter(run_id=run_id)
    if before is not None:
        rows = rows.filter(sequence__lt=before)
    return tuple(make_event(row, masked) for row in rows.order_by("-sequence")[:limit])


def list_attempts(
    run_id: UUID, step: str, *, visit: int, before: int | None, limit: int
) -> tuple[AttemptSnapshot, ...]:
    """Return attempts of that visit with a smaller number than ``before``, newest first. One query."""
    _check(limit)
    if not is_storable(step):
        return ()
    rows = Attempt.objects.using(conf.database()).filter(
        step__run_id=run_id, step__name=step, step__visit=visit
    )
    if before is not None:
        rows = rows.filter(number__lt=before)
    return tuple(make_attempt(row, masked) for row in rows.order_by("-number")[:limit])


def _check(limit: int) -> None:
    if not 1 <= limit <= _MOST:
        raise InvalidArgument(f"limit is 1 to {_MOST}.", argument="limit")
