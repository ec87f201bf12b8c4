"""The rows of cron triggers. Whoever changes one holds its lock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connections
from django.db.models import Min

from squid_mesh.lifecycle import FINISHED_RUN
from squid_mesh.models import Run, Trigger
from squid_mesh.store.portable import skip_locked


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A cron trigger as the code has it."""

    workflow: str
    name: str
    expression: str
    timezone: str
    catch_up: str
    overlap: str

    @property
    def columns(self) -> dict[str, str]:
        """The columns that are the code's to say."""
        return {
            "expression": self.expression,
            "timezone": self.timezone,
            "catch_up": self.catch_up,
            "overlap": self.overlap,
        }


def next_due(workflows: Iterable[str], using: str) -> datetime | None:
    """When the first trigger of those workflows is to be looked at."""
    rows = Trigger.objects.using(using).filter(workflow__in=list(workflows), due_at__isnull=False)
    due: datetime | None = rows.aggregate(due=Min("due_at"))["due"]
    return due


def lock_due(workflows: Iterable[str], now: datetime, using: str) -> Trigger | None:
    """The trigger of those workflows that has been due longest, locked; one held elsewhere is passed over."""
    rows = Trigger.objects.using(using).filter(workflow__in=list(workflows), due_at__lte=now)
    return skip_locked(rows.order_by("due_at", "id"), using).first()


def lock(workflow: str, name: str, using: str) -> Trigger | None:
    """That trigger, locked; None where it has no row."""
    rows = Trigger.objects.using(using).filter(workflow=workflow, name=name)
    if connections[using].features.has_select_for_update:
        rows = rows.select_for_update()
    return rows.first()


def lock_all(using: str) -> list[Trigger]:
    """Every trigger, locked in one order, so that two who synchronise wait for each other."""
    rows = Trigger.objects.using(using).order_by("id")
    if connections[using].features.has_select_for_update:
        rows = rows.select_for_update()
    return list(rows)


def add(declared: Sequence[tuple[Declared, datetime | None]], now: datetime, using: str) -> None:
    """Add triggers with their first windows; one that somebody else has just added stays as it is."""
    Trigger.objects.using(using).bulk_create(
        (
            Trigger(
                workflow=trigger.workflow,
                name=trigger.name,
                next_window=window,
                due_at=window,
                created_at=now,
                **trigger.columns,
            )
            for trigger, window in declared
        ),
        ignore_conflicts=True,
    )


def change(trigger: Trigger, using: str, **columns: Any) -> None:
    """Write those columns of a locked trigger."""
    Trigger.objects.using(using).filter(pk=trigger.pk).update(**columns)
    for name, value in columns.items():
        setattr(trigger, name, value)


def open_run(trigger: Trigger, using: str) -> UUID | None:
    """The newest run that the trigger's clock has started and that isn't over; None where there is none."""
    finished = [status.value for status in FINISHED_RUN]
    runs = Run.objects.using(using).filter(workflow=trigger.workflow, trigger=trigger.name)
    clocked = runs.filter(schedule__isnull=False).exclude(status__in=finished)
    found: UUID | None = clocked.order_by("-created_at", "-id").values_list("pk", flat=True).first()
    return found
