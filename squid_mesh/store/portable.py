"""Claim and settle in the ORM's terms: right on every database, with the run's row as the lock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import connections, transaction
from django.db.models import Max, QuerySet
from django.db.models.functions import Coalesce

from squid_mesh.lifecycle import ACTIVE_RUN, FINISHED_RUN, AttemptOutcome, RunStatus, StepStatus
from squid_mesh.models import Attempt, Run, StepRun
from squid_mesh.store import events
from squid_mesh.store.clock import DatabaseNow, now_plus
from squid_mesh.store.values import Claim, Claimed, NewStep, RunHead, Settled, Settlement

Rows = TypeVar("Rows", bound=QuerySet[Any])


def claim_due(
    worker: str, token: UUID, lease: float, using: str, run_id: UUID | None = None
) -> Claimed | None:
    """Claim the step that has been due longest and whose run isn't busy; None where there is none."""
    busy: list[UUID] = []
    with transaction.atomic(using=using):
        due = StepRun.objects.using(using).filter(due_at__lte=DatabaseNow()).order_by("due_at")
        if run_id is not None:
            due = due.filter(run_id=run_id)
        while True:
            step = skip_locked(due.exclude(run_id__in=busy), using).first()
            if step is None:
                return None
            run_before = _wake_run(step, using)
            if run_before is not None:
                break
            busy.append(step.run_id)
        return Claimed(
            claim=claim_row(step, worker, token, lease, using),
            head=read_head(step.run_id, using),
            step_before=StepStatus(step.status),
            run_before=run_before,
        )


def claim_row(step: StepRun, worker: str, token: UUID, lease: float, using: str) -> Claim:
    """Make a locked, due step this worker's."""
    waited_for = step.waiting_for
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
        waited_for=waited_for,
        request=step.request,
        started_at=_started_at(step.pk, using),
    )


def _started_at(step_id: int, using: str) -> datetime:
    started: datetime | None = (
        StepRun.objects.using(using).values_list("started_at", flat=True).get(pk=step_id)
    )
    assert started is not None  # noqa: S101 - written a moment ago, under the lock
    return started


def read_head(run_id: UUID, using: str) -> RunHead:
    """What a worker needs to know of the run."""
    row = (
        Run.objects.using(using)
        .values_list("workflow", "definition_id", "trigger", "payload", "schedule", "trace")
        .get(pk=run_id)
    )
    workflow, fingerprint, trigger, payload, schedule, trace = row
    return RunHead(
        id=run_id,
        workflow=workflow,
        fingerprint=fingerprint,
        trigger=trigger,
        payload=payload,
        schedule=schedule,
        trace=trace,
    )


def skip_locked(rows: Rows, using: str) -> Rows:
    """Lock the rows, passing over those that others hold, where the database can.

    Rows that merely refer to them, as a host's own may, are no reason to pass over.
    """
    features = connections[using].features
    if not features.has_select_for_update:
        return rows
    return rows.select_for_update(
        skip_locked=features.has_select_for_update_skip_locked,
        no_key=features.has_select_for_no_key_update,
    )


def _wake_run(step: StepRun, using: str) -> RunStatus | None:
    """What the step's run was, after making it ``running``; None where it can't be now.

    A claimer never waits for the run's lock: it holds the step's, and everybody else locks the run first.
    """
    runs = Run.objects.using(using).filter(pk=step.run_id)
    status = runs.values_list("status", flat=True).get()
    if status == RunStatus.RUNNING and step.status == StepStatus.READY:
        return RunStatus.RUNNING
    locked = skip_locked(runs, using).first()
    if locked is None or locked.status not in ACTIVE_RUN:
        return None
    if locked.status != RunStatus.RUNNING:
        began = DatabaseNow() if locked.started_at is None else locked.started_at
        runs.update(status=RunStatus.RUNNING.value, started_at=began)
    return RunStatus(locked.status)


def settle(settlement: Settlement, using: str) -> Settled | None:
    """Write a settlement; None, and nothing written, where the claim is lost or the run moved on."""
    claim, change = settlement.claim, settlement.change
    with transaction.atomic(using=using):
        runs = Run.objects.using(using).filter(pk=claim.run_id)
        held = runs.select_for_update() if connections[using].features.has_select_for_update else runs
        before = held.values_list("status", flat=True).get()
        if before != settlement.expect:
            return None
        made = change.attempt_outcome is not None
        finished = change.status not in (StepStatus.WAITING, StepStatus.PAUSED)
        asked = {} if change.request is None else {"request": change.request}
        changed = (
            StepRun.objects.using(using)
            .filter(pk=claim.step_id, claim_token=claim.token)
            .update(
                status=change.status.value,
                outcome=change.outcome,
                waiting_for=change.waiting_for or "",
                due_at=None if change.delay is None else now_plus(change.delay),
                claim_token=None,
                lease_until=None,
                attempt_number=claim.attempt if made else claim.attempt - 1,
                failures=change.failures,
                deferrals=change.deferrals,
                input=change.input,
                output=change.output,
                error=change.error,
                finished_at=DatabaseNow() if finished else None,
                **asked,
            )
        )
        if not changed:
            return None
        if change.attempt_outcome is not None:
            add_attempt(claim, change.attempt_outcome, change.attempt_error, using)
        settled = add_steps(
            claim.run_id, settlement.new_steps, using, lease=settlement.lease, worker=claim.worker
        )
        if settlement.run_status is not None:
            finish = DatabaseNow() if settlement.run_status in FINISHED_RUN else None
            began = Coalesce("started_at", DatabaseNow())
            values: dict[str, Any] = {"status": settlement.run_status.value, "finished_at": finish}
            values["started_at"] = began
            if settlement.run_error is not None:
                values["error"] = settlement.run_error
            runs.update(**values)
        events.append(claim.run_id, settlement.events, using)
        return settled


def add_attempt(claim: Claim, outcome: AttemptOutcome, error: Any, using: str) -> None:
    """Append one attempt that has just ended."""
    Attempt.objects.using(using).create(
        step_id=claim.step_id,
        number=claim.attempt,
        worker=claim.worker,
        outcome=outcome.value,
        error=error,
        started_at=claim.started_at,
        ended_at=DatabaseNow(),
    )


def add_steps(
    run_id: UUID, new_steps: Sequence[NewStep], using: str, *, lease: float = 0, worker: str = ""
) -> Settled:
    """Add the steps that the run reaches now, each in the visit after its last. The run's lock is held."""
    if not new_steps:
        return Settled()
    visits = _next_visits(run_id, new_steps, using)
    StepRun.objects.using(using).bulk_create(
        _new_row(run_id, new, visits[new.name], lease, worker) for new in new_steps
    )
    born = next((new for new in new_steps if new.token is not None), None)
    if born is None or born.token is None:
        return Settled(visits=visits)
    return Settled(next=_born(run_id, born.name, born.token, worker, using), visits=visits)


def _next_visits(run_id: UUID, new_steps: Sequence[NewStep], using: str) -> dict[str, int]:
    names = [new.name for new in new_steps]
    known = StepRun.objects.using(using).filter(run_id=run_id, name__in=names)
    last = dict(known.order_by().values_list("name").annotate(Max("visit")))
    return {name: last.get(name, 0) + 1 for name in names}


def _born(run_id: UUID, name: str, token: UUID, worker: str, using: str) -> Claim:
    step = StepRun.objects.using(using).only("visit", "started_at").get(claim_token=token)
    assert step.started_at is not None  # noqa: S101 - written a moment ago
    return Claim(
        step_id=step.pk,
        run_id=run_id,
        name=name,
        visit=step.visit,
        token=token,
        worker=worker,
        attempt=1,
        started_at=step.started_at,
    )


def _new_row(run_id: UUID, new: NewStep, visit: int, lease: float, worker: str) -> StepRun:
    row = StepRun(run_id=run_id, name=new.name, visit=visit, status=new.status.value)
    row.created_at = DatabaseNow()
    if new.token is not None:
        row.claim_token = new.token
        row.lease_until = now_plus(lease)
        row.worker = worker
        row.attempt_number = 1
        row.started_at = DatabaseNow()
    elif new.status is StepStatus.READY:
        row.due_at = DatabaseNow()
    else:
        row.finished_at = DatabaseNow()
    return row
