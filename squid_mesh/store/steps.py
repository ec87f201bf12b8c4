"""Rows of steps: reading, adding and changing them. The caller holds the run's lock, except where stated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any, Final
from uuid import UUID

from django.db import connections, transaction
from django.db.models import Max, QuerySet

from squid_mesh.lifecycle import OPEN_STEP, StepStatus, WaitingFor, read_value, read_waiting_for
from squid_mesh.models import StepRun
from squid_mesh.store.clock import DatabaseNow, now_plus
from squid_mesh.store.locks import lock_free_rows, lock_rows
from squid_mesh.store.values import Claim, NewStep, Settled, StepOutput, StepRow

_OPEN = [status.value for status in OPEN_STEP]
_BATCH: Final = 500
_COLUMNS = (
    *("id", "name", "visit", "current", "status", "outcome", "waiting_for", "crashes", "claim_token"),
    "request",
)


def read_current_steps(run_id: UUID, using: str) -> list[StepRow]:
    """Return the current visit of each step that the run has reached, in the order in which it did."""
    return _step_rows(StepRun.objects.using(using).filter(run_id=run_id, current=True).order_by("id"))


def _step_rows(steps: QuerySet[StepRun]) -> list[StepRow]:
    return [
        StepRow(
            id=pk,
            name=name,
            visit=visit,
            current=current,
            status=read_value(StepStatus, status),
            outcome=outcome,
            waiting_for=read_waiting_for(waiting_for),
            crashes=crashes,
            token=token,
            request=request,
        )
        for pk, name, visit, current, status, outcome, waiting_for, crashes, token, request in (
            steps.values_list(*_COLUMNS)
        )
    ]


def lock_steps(run_id: UUID, using: str) -> list[StepRow]:
    """Return all visits of the run's steps, in their order; none can be claimed until the transaction ends.

    Locking the open steps waits for claims that are being made.
    """
    steps = StepRun.objects.using(using).filter(run_id=run_id).order_by("id")
    _wait_for_claims(steps.filter(status__in=_OPEN), using)
    return _step_rows(steps)


def _wait_for_claims(steps: QuerySet[StepRun], using: str) -> None:
    if connections[using].features.has_select_for_update:
        list(steps.select_for_update().values_list("pk"))


def read_step_error(step_id: int, using: str) -> Mapping[str, Any]:
    """Return the step's error; empty if it has none. Needs no lock."""
    return StepRun.objects.using(using).values_list("error", flat=True).get(pk=step_id) or {}


def read_outputs(run_id: UUID, names: Iterable[str], using: str) -> Mapping[str, StepOutput]:
    """Return the end and the output of the current visit of those steps, by name. Needs no lock.

    A step that the run hasn't reached is left out.
    """
    rows = StepRun.objects.using(using).filter(run_id=run_id, name__in=list(names), current=True)
    columns = rows.values_list("id", "name", "status", "outcome", "output", "secrets")
    return {
        name: StepOutput(
            id=pk, status=read_value(StepStatus, status), outcome=outcome, output=output, secrets=secrets
        )
        for pk, name, status, outcome, output, secrets in columns
    }


def read_last_visit(run_id: UUID, name: str, using: str) -> int:
    """Return the number of the step's last visit, 0 if it had none."""
    rows = StepRun.objects.using(using).filter(run_id=run_id, name=name)
    return rows.aggregate(last=Max("visit"))["last"] or 0


def add_steps(
    run_id: UUID, new_steps: Sequence[NewStep], using: str, *, lease: float = 0, worker: str = ""
) -> Settled:
    """Add the steps that the run reaches now, each in the visit after its last.

    ``lease`` (seconds) and ``worker`` are for a step that is added as claimed; its claim is returned.
    """
    if not new_steps:
        return Settled()
    visits = _next_visits(run_id, new_steps, using)
    StepRun.objects.using(using).bulk_create(
        _new_row(run_id, new, visits[new.name], lease, worker) for new in new_steps
    )
    claimed = next((new for new in new_steps if new.token is not None), None)
    if claimed is None or claimed.token is None:
        return Settled(visits=visits)
    return Settled(next=_claim_of_new(run_id, claimed.name, claimed.token, worker, using), visits=visits)


def _next_visits(run_id: UUID, new_steps: Sequence[NewStep], using: str) -> dict[str, int]:
    names = [new.name for new in new_steps]
    known = StepRun.objects.using(using).filter(run_id=run_id, name__in=names)
    last = dict(known.order_by().values_list("name").annotate(Max("visit")))
    return {name: last.get(name, 0) + 1 for name in names}


def _claim_of_new(run_id: UUID, name: str, token: UUID, worker: str, using: str) -> Claim:
    step = StepRun.objects.using(using).only("visit", "started_at").get(claim_token=token)
    assert step.started_at is not None  # noqa: S101 - just written
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


def cancel_idle_steps(run_id: UUID, using: str) -> Sequence[StepRow]:
    """Cancel every step of the run that is open and not running; return them as they were.

    Locking them first waits for claims that are being made: a step that is open after this is running.
    """
    idle = [status.value for status in OPEN_STEP if status is not StepStatus.RUNNING]
    steps = StepRun.objects.using(using).filter(run_id=run_id, status__in=idle).order_by("id")
    found = _step_rows(lock_rows(steps, using))
    StepRun.objects.using(using).filter(pk__in=[step.id for step in found]).update(
        status=StepStatus.CANCELLED.value, waiting_for="", due_at=None, finished_at=DatabaseNow()
    )
    return found


def end_current_visits(run_id: UUID, names: Sequence[str], settling: Set[int], using: str) -> list[StepRun]:
    """Make the current visits of those steps history and cancel the open ones; return those as they were.

    Steps in ``settling`` keep their status. Locking the rows first waits for claims that are being made.
    """
    current = StepRun.objects.using(using).filter(run_id=run_id, name__in=names, current=True)
    locked = lock_rows(current.defer("input", "output", "error", "request").order_by("id"), using)
    was_open = [step for step in locked if step.status in _OPEN and step.pk not in settling]
    current.filter(pk__in=[step.pk for step in was_open]).update(
        status=StepStatus.CANCELLED.value,
        waiting_for="",
        due_at=None,
        claim_token=None,
        lease_until=None,
        finished_at=DatabaseNow(),
    )
    current.update(current=False)
    return was_open


def make_step_due(step_id: int, using: str) -> None:
    """Make a locked step due now; its failures and crashes are forgotten, and nothing else."""
    _make_due(step_id, using)


def reset_step(step_id: int, using: str) -> None:
    """Make a locked, finished step due now as if it had never run; its attempts are numbered on."""
    _make_due(
        step_id,
        using,
        outcome="",
        deferrals=0,
        input=None,
        output=None,
        secrets=None,
        request=None,
        finished_at=None,
    )


def _make_due(step_id: int, using: str, **values: Any) -> None:
    StepRun.objects.using(using).filter(pk=step_id).update(
        status=StepStatus.READY.value,
        waiting_for="",
        due_at=DatabaseNow(),
        failures=0,
        crashes=0,
        error=None,
        **values,
    )


def end_waits_for_code(using: str) -> int:
    """Make the steps due now that wait for code; return how many.

    It passes over steps that others hold and waits for no lock, so it needs not lock their runs first.
    """
    waiting = StepRun.objects.using(using).filter(
        status=StepStatus.PAUSED.value, waiting_for=WaitingFor.CODE.value, due_at__gt=DatabaseNow()
    )
    ended = 0
    while True:
        with transaction.atomic(using=using):
            batch = list(lock_free_rows(waiting.order_by("id"), using).values_list("pk", flat=True)[:_BATCH])
            ended += StepRun.objects.using(using).filter(pk__in=batch).update(due_at=DatabaseNow())
        if len(batch) < _BATCH:
            return ended
