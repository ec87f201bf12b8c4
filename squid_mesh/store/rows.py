"""Reads and small writes under the run's lock: what advancing, recovering and operating need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connections
from django.db.models import QuerySet

from squid_mesh import conf
from squid_mesh.definitions.blueprint import Blueprint
from squid_mesh.lifecycle import FINISHED_RUN, OPEN_STEP, RunStatus, StepStatus, WaitingFor
from squid_mesh.models import Definition, Run, StepRun
from squid_mesh.store.clock import DatabaseNow, now_plus
from squid_mesh.store.values import Claim, StepRow

_STEP_COLUMNS = (
    *("id", "name", "visit", "current", "status", "outcome", "waiting_for", "crashes", "claim_token"),
    "request",
)


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
    return _rows(StepRun.objects.using(using).filter(run_id=run_id, current=True).order_by("id"))


def _rows(steps: QuerySet[StepRun]) -> list[StepRow]:
    return [
        StepRow(
            id=pk,
            name=name,
            visit=visit,
            current=current,
            status=StepStatus(status),
            outcome=outcome,
            waiting_for=waiting_for,
            crashes=crashes,
            token=token,
            request=request,
        )
        for pk, name, visit, current, status, outcome, waiting_for, crashes, token, request in (
            steps.values_list(*_STEP_COLUMNS)
        )
    ]


def lock_steps(run_id: UUID, using: str) -> list[StepRow]:
    """All visits of the run's steps, in their order; none of them can be claimed until the transaction ends.

    The caller holds the run's lock. Locking the open ones waits for claims being made.
    """
    steps = StepRun.objects.using(using).filter(run_id=run_id).order_by("id")
    if connections[using].features.has_select_for_update:
        waiting = steps.filter(status__in=[status.value for status in OPEN_STEP])
        list(waiting.select_for_update().values_list("pk"))
    return _rows(steps)


def error_of(step_id: int, using: str) -> Mapping[str, Any]:
    """What the step failed of; empty where it ended in no error."""
    return StepRun.objects.using(using).values_list("error", flat=True).get(pk=step_id) or {}


def outputs_of(run_id: UUID, names: Iterable[str], using: str) -> Mapping[str, tuple[int, str, str, Any]]:
    """Row id, status, outcome and output of the current visit of those of the steps that have one."""
    rows = StepRun.objects.using(using).filter(run_id=run_id, name__in=list(names), current=True)
    return {
        name: (pk, status, outcome, output)
        for pk, name, status, outcome, output in rows.values_list("id", "name", "status", "outcome", "output")
    }


def cancel_open(run_id: UUID, using: str) -> Sequence[StepRow]:
    """Cancel every step of the run that is open and not running; as they were.

    Locking them first waits for claims being made: what is open after this is running.
    """
    idle = [status.value for status in OPEN_STEP if status is not StepStatus.RUNNING]
    open_steps = StepRun.objects.using(using).filter(run_id=run_id, status__in=idle).order_by("id")
    if connections[using].features.has_select_for_update:
        open_steps = open_steps.select_for_update()
    found = _rows(open_steps)
    StepRun.objects.using(using).filter(pk__in=[step.id for step in found]).update(
        status=StepStatus.CANCELLED.value, waiting_for="", due_at=None, finished_at=DatabaseNow()
    )
    return found


def set_run(run_id: UUID, status: RunStatus, using: str, *, error: Any = None) -> None:
    """Give a locked run its new status, and its error where it has one."""
    values: dict[str, Any] = {"status": status.value}
    if status in FINISHED_RUN:
        values["finished_at"] = DatabaseNow()
    if error is not None:
        values["error"] = error
    Run.objects.using(using).filter(pk=run_id).update(**values)


def reopen(run_id: UUID, status: RunStatus, using: str) -> None:
    """Open a locked run that is over."""
    Run.objects.using(using).filter(pk=run_id).update(status=status.value, finished_at=None, error=None)


def take(step_id: int, token: UUID, lease: float, using: str) -> tuple[Claim, Any]:
    """Take a locked step that no worker holds, to settle it in this transaction; and its input.

    Its next attempt's number is the claim's, to be given back: settling it makes no attempt.
    """
    rows = StepRun.objects.using(using).filter(pk=step_id)
    step = rows.get()
    rows.update(
        status=StepStatus.RUNNING.value,
        waiting_for="",
        due_at=None,
        claim_token=token,
        lease_until=now_plus(lease),
    )
    claim = Claim(
        step_id=step.pk,
        run_id=step.run_id,
        name=step.name,
        visit=step.visit,
        token=token,
        worker=step.worker,
        attempt=step.attempt_number + 1,
        failures=step.failures,
        crashes=step.crashes,
        deferrals=step.deferrals,
        started_at=step.started_at or step.created_at,
    )
    return claim, step.input


def try_again(step_id: int, using: str) -> None:
    """Make a locked step due now, its failures and crashes forgotten, and nothing else."""
    _make_due(step_id, using)


def begin_anew(step_id: int, using: str) -> None:
    """Make a locked step that is over due now, as if it had never run; only its attempts are numbered on."""
    _make_due(
        step_id, using, outcome="", deferrals=0, input=None, output=None, request=None, finished_at=None
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


def lost_claim(step: StepRun) -> Claim:
    """The claim of a worker that holds the step and won't settle it."""
    assert step.claim_token is not None and step.started_at is not None  # noqa: S101, PT018 - it runs
    return Claim(
        step_id=step.pk,
        run_id=step.run_id,
        name=step.name,
        visit=step.visit,
        token=step.claim_token,
        worker=step.worker,
        attempt=step.attempt_number,
        started_at=step.started_at,
    )


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
