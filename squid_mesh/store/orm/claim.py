"""Claiming a due step with the ORM."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from squid_mesh.lifecycle import ACTIVE_RUN, RunStatus, StepStatus, read_waiting_for
from squid_mesh.models import Run, StepRun
from squid_mesh.store import missing
from squid_mesh.store.clock import DatabaseNow, now_plus
from squid_mesh.store.definitions import filter_runnable
from squid_mesh.store.locks import lock_free_rows
from squid_mesh.store.runs import read_run_head
from squid_mesh.store.values import Claim, Claimed


def claim_due_step(
    worker: str, token: UUID, lease: float, using: str, run_id: UUID | None = None
) -> Claimed | None:
    """Claim the step that has been due longest and whose run is free; None if there is none."""
    busy: list[UUID] = []
    with transaction.atomic(using=using):
        runnable = filter_runnable(StepRun.objects.using(using), missing.list_left())
        due = runnable.filter(due_at__lte=DatabaseNow()).order_by("due_at")
        if run_id is not None:
            due = due.filter(run_id=run_id)
        while True:
            step = lock_free_rows(due.exclude(run_id__in=busy), using).first()
            if step is None:
                return None
            run_before = _make_run_running(step, using)
            if run_before is not None:
                break
            busy.append(step.run_id)
        return Claimed(
            claim=_claim_locked_step(step, worker, token, lease, using),
            head=read_run_head(step.run_id, using),
            step_before=StepStatus(step.status),
            run_before=run_before,
        )


def _make_run_running(step: StepRun, using: str) -> RunStatus | None:
    """Make the step's run ``running`` and return what it was; None if that isn't possible now.

    A claim holds the step's lock, so it never waits for the run's lock: everything else locks the run first.
    """
    runs = Run.objects.using(using).filter(pk=step.run_id)
    status = runs.values_list("status", flat=True).get()
    if status == RunStatus.RUNNING and step.status == StepStatus.READY:
        return RunStatus.RUNNING
    locked = lock_free_rows(runs, using).first()
    if locked is None or locked.status not in ACTIVE_RUN:
        return None
    if locked.status != RunStatus.RUNNING:
        started_at = DatabaseNow() if locked.started_at is None else locked.started_at
        runs.update(status=RunStatus.RUNNING.value, started_at=started_at)
    return RunStatus(locked.status)


def _claim_locked_step(step: StepRun, worker: str, token: UUID, lease: float, using: str) -> Claim:
    StepRun.objects.using(using).filter(pk=step.pk).update(
        status=StepStatus.RUNNING.value,
        waiting_for="",
        due_at=None,
        claim_token=token,
        lease_until=now_plus(lease),
        worker=worker,
        attempt_number=step.attempt_number + 1,
        started_at=DatabaseNow(),
    )
    return Claim(
        step_id=step.pk,
        run_id=step.run_id,
        name=step.name,
        visit=step.visit,
        token=token,
        worker=worker,
        attempt=step.attempt_number + 1,
        failures=step.failures,
        crashes=step.crashes,
        deferrals=step.deferrals,
        waited_for=read_waiting_for(step.waiting_for),
        request=step.request,
        started_at=_read_started_at(step.pk, using),
    )


def _read_started_at(step_id: int, using: str) -> datetime:
    started: datetime | None = (
        StepRun.objects.using(using).values_list("started_at", flat=True).get(pk=step_id)
    )
    assert started is not None  # noqa: S101 - just written, under the lock
    return started
