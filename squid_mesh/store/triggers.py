"""Rows of cron triggers. What changes one holds its lock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Min

from squid_mesh.lifecycle import FINISHED_RUN
from squid_mesh.models import Run, Trigger
from squid_mesh.store.locks import lock_free_rows, lock_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredTrigger:
    """A cron trigger as the code declares it."""

    workflow: str
    name: str
    expression: str
    timezone: str
    catch_up: str
    overlap: str

    @property
    def columns(self) -> dict[str, str]:
        """The columns that the code decides."""
        return {
            "expression": self.expression,
            "timezone": self.timezone,
            "catch_up": self.catch_up,
            "overlap": self.overlap,
        }


def find_next_due_time(workflows: Iterable[str], using: str) -> datetime | None:
    """Return when the first trigger of those workflows is due; None if there is none."""
    rows = Trigger.objects.using(using).filter(workflow__in=list(workflows), due_at__isnull=False)
    due: datetime | None = rows.aggregate(due=Min("due_at"))["due"]
    return due


def lock_due_trigger(workflows: Iterable[str], now: datetime, using: str) -> Trigger | None:
    """Return the trigger of those workflows that has been due longest, locked.

    Triggers that another transaction holds are passed over.
    """
    rows = Trigger.objects.using(using).filter(workflow__in=list(workflows), due_at__lte=now)
    return lock_free_rows(rows.order_by("due_at", "id"), using).first()


def lock_trigger(workflow: str, name: str, using: str) -> Trigger | None:
    """Return that trigger, locked; None if it has no row."""
    rows = Trigger.objects.using(using).filter(workflow=workflow, name=name)
    return lock_rows(rows, using).first()


def lock_all_triggers(using: str) -> list[Trigger]:
    """Return every trigger, locked in the order of their ids, so that two calls can't deadlock."""
    rows = Trigger.objects.using(using).order_by("id")
    return list(lock_rows(rows, using))


def add_triggers(
    declared: Sequence[tuple[DeclaredTrigger, datetime | None]], now: datetime, using: str
) -> None:
    """Add triggers with their first scheduled times; keep one that another process has just added."""
    Trigger.objects.using(using).bulk_create(
        (
            Trigger(
                workflow=trigger.workflow,
                name=trigger.name,
                next_time=first_time,
                due_at=first_time,
                created_at=now,
                **trigger.columns,
            )
            for trigger, first_time in declared
        ),
        ignore_conflicts=True,
    )


def change_trigger(trigger: Trigger, using: str, **columns: Any) -> None:
    """Write those columns of a locked trigger, and set them on the row given."""
    Trigger.objects.using(using).filter(pk=trigger.pk).update(**columns)
    for name, value in columns.items():
        setattr(trigger, name, value)


def find_open_run(trigger: Trigger, using: str) -> UUID | None:
    """Return the newest unfinished run that the trigger's schedule started; None if there is none."""
    finished = [status.value for status in FINISHED_RUN]
    runs = Run.objects.using(using).filter(workflow=trigger.workflow, trigger=trigger.name)
    clocked = runs.filter(schedule__isnull=False).exclude(status__in=finished)
    found: UUID | None = clocked.order_by("-created_at", "-id").values_list("pk", flat=True).first()
    return found
