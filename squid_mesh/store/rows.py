"""Reads and small writes under the run's lock: what advancing, recovering and operating need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connections

from squid_mesh import conf
from squid_mesh.definitions.blueprint import Blueprint
from squid_mesh.lifecycle import FINISHED_RUN, OPEN_STEP, RunStatus, StepStatus, WaitingFor
from squid_mesh.models import Definition, Run, StepRun
from squid_mesh.store.clock import DatabaseNow
from squid_mesh.store.values import StepRow

_STEP_COLUMNS = ("id", "name", "visit", "status", "outcome", "waiting_for", "crashes", "claim_token")


@lru_cache(maxsize=512)
def blueprint(fingerprint: str, using: str) -> Blueprint:
    """The stored definition of that fingerprint; it never changes, so one read per process is enough."""
    stored = Definition.objects.using(using).values_list("blueprint", flat=True)
    return Blueprint.model_validate(stored.get(pk=fingerprint))


def lock_run(run_id: UUID, using: str) -> Run:
    """The run's row, locked until the transaction ends.

    Raises:
        Run.DoesNotExist: there is no such run.
    """
    runs = Run.objects.using(using).defer("payload")
    if connections[using].features.has_select_for_update:
        runs = runs.select_for_update()
    return runs.get(pk=run_id)


def lock_run_unless_held(run_id: UUID, using: str) -> Run | None:
    """The run's row, locked; None where somebody else holds it, or it is gone."""
    runs = Run.objects.using(using).defer("payload").filter(pk=run_id)
    features = connections[using].features
    if features.has_select_for_update:
        runs = runs.select_for_update(skip_locked=features.has_select_for_update_skip_locked)
    return runs.first()


def steps_of(run_id: UUID, using: str) -> list[StepRow]:
    """The current visit of each step that the run has reached, in the order in which it did."""
    rows = StepRun.objects.using(using).filter(run_id=run_id, current=True).order_by("id")
    return [
        StepRow(
            id=pk,
            name=name,
            visit=visit,
            current=True,
            status=StepStatus(status),
            outcome=outcome,
            waiting_for=waiting_for,
            crashes=crashes,
            token=token,
        )
        for pk, name, visit, status, outcome, waiting_for, crashes, token in rows.values_list(*_STEP_COLUMNS)
    ]


def outputs_of(run_id: UUID, names: Iterable[str], using: str) -> Mapping[str, tuple[str, str, Any]]:
    """Status, outcome and output of those of the named steps that have a row: their current visit's."""
    rows = StepRun.objects.using(using).filter(run_id=run_id, name__in=list(names), current=True)
    return {
        name: (status, outcome, output)
        for name, status, outcome, output in rows.values_list("name", "status", "outcome", "output")
    }


def cancel_open(run_id: UUID, using: str) -> Sequence[tuple[str, StepStatus]]:
    """Cancel every step of the run that is open and not running; their names and what they were.

    Locking them first waits for claims being made: what is open after this is running.
    """
    idle = [status.value for status in OPEN_STEP if status is not StepStatus.RUNNING]
    open_steps = StepRun.objects.using(using).filter(run_id=run_id, status__in=idle).order_by("id")
    if connections[using].features.has_select_for_update:
        open_steps = open_steps.select_for_update()
    found = list(open_steps.values_list("pk", "name", "status"))
    StepRun.objects.using(using).filter(pk__in=[pk for pk, _, _ in found]).update(
        status=StepStatus.CANCELLED.value, due_at=None, finished_at=DatabaseNow()
    )
    return [(name, StepStatus(status)) for _, name, status in found]


def set_run(run_id: UUID, status: RunStatus, using: str, *, error: Any = None) -> None:
    """Give a locked run its new status, and its error where it has one."""
    values: dict[str, Any] = {"status": status.value}
    if status in FINISHED_RUN:
        values["finished_at"] = DatabaseNow()
    if error is not None:
        values["error"] = error
    Run.objects.using(using).filter(pk=run_id).update(**values)


def expired(using: str, limit: int = 100) -> list[tuple[int, UUID]]:
    """Steps whose lease is over, as (step id, run id), the oldest first."""
    rows = StepRun.objects.using(using).filter(lease_until__lt=DatabaseNow())
    return list(rows.order_by("lease_until").values_list("pk", "run_id")[:limit])


def lock_expired(step_id: int, using: str) -> StepRun | None:
    """The step's row, locked, if its lease is still over; the run's lock is held."""
    rows = StepRun.objects.using(using).filter(pk=step_id, lease_until__lt=DatabaseNow())
    if connections[using].features.has_select_for_update:
        rows = rows.select_for_update()
    return rows.first()


def interrupt(step: StepRun, status: StepStatus, waiting_for: WaitingFor | None, using: str) -> None:
    """Take a locked step from a worker that is lost."""
    over = status is StepStatus.CANCELLED
    StepRun.objects.using(using).filter(pk=step.pk).update(
        status=status.value,
        waiting_for=waiting_for or "",
        due_at=DatabaseNow() if status is StepStatus.READY else None,
        claim_token=None,
        lease_until=None,
        crashes=step.crashes + 1,
        finished_at=DatabaseNow() if over else None,
    )


def renew(step_id: int, token: UUID, until: Any, using: str) -> bool:
    """Give the holder of the claim more time; False where it no longer holds it."""
    held = StepRun.objects.using(using).filter(pk=step_id, claim_token=token)
    return held.update(lease_until=until) == 1


def make_due(run_id: UUID) -> int:
    """Make what the run waits for due now, as if the time were over."""
    using = conf.database()
    later = StepRun.objects.using(using).filter(run_id=run_id, due_at__gt=DatabaseNow())
    return later.update(due_at=DatabaseNow())
