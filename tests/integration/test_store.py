"""Claims and settlements: exactly one worker each, and the same rows by every way."""

from __future__ import annotations

import threading
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections, transaction

from squid_mesh import api
from squid_mesh.lifecycle import FINISHED_RUN, AttemptOutcome, EventType, RunStatus, StepStatus, WaitingFor
from squid_mesh.models import Attempt, AuditEvent, Run, StepRun
from squid_mesh.store.backend import backend_of
from squid_mesh.store.clock import DatabaseNow
from squid_mesh.store.orm.backend import OrmBackend
from squid_mesh.store.postgres.backend import PostgresBackend
from squid_mesh.store.values import Event, NewStep, Settlement, StepChange
from tests.host import workflows
from tests.host.looking import claim

only_postgres = pytest.mark.skipif(connection.vendor != "postgresql", reason="two ways only there")

DONE = StepChange(
    status=StepStatus.COMPLETED,
    outcome="ok",
    input={"a": 1},
    output={"b": [1, None]},
    attempt_outcome=AttemptOutcome.COMPLETED,
)
LATER = StepChange(
    status=StepStatus.WAITING,
    waiting_for=WaitingFor.RETRY,
    delay=60.0,
    failures=1,
    error={"type": "X"},
    attempt_outcome=AttemptOutcome.FAILED,
    attempt_error={"type": "X"},
)
MISSING = StepChange(status=StepStatus.PAUSED, waiting_for=WaitingFor.CODE, delay=30.0, error={"type": "Y"})
FAILED = StepChange(
    status=StepStatus.FAILED,
    outcome="error",
    failures=1,
    error={"type": "X"},
    attempt_outcome=AttemptOutcome.FAILED,
    attempt_error={"type": "X"},
)
TOKEN = UUID(int=7)
SETTLEMENTS: dict[str, tuple[StepChange, dict[str, Any]]] = {
    "goes on": (DONE, {"new_steps": [NewStep(name="two", status=StepStatus.RUNNING, token=TOKEN)]}),
    "fans out": (
        DONE,
        {
            "new_steps": [
                NewStep(name="two", status=StepStatus.READY),
                NewStep(name="three", status=StepStatus.SKIPPED),
            ],
            "notify": True,
        },
    ),
    "ends": (
        DONE,
        {"run_status": RunStatus.COMPLETED, "events": [Event(type=EventType.RUN_COMPLETED, step="one")]},
    ),
    "retries": (LATER, {"run_status": RunStatus.RETRYING}),
    "misses code": (
        MISSING,
        {"run_status": RunStatus.PAUSED, "events": [Event(type=EventType.CODE_MISSING)]},
    ),
    "fails": (
        FAILED,
        {
            "run_status": RunStatus.FAILED,
            "run_error": {"step": "one"},
            "events": [
                Event(type=EventType.ROUTED_TO_UNDO, data={"n": 1}),
                Event(type=EventType.RUN_FAILED, step="one"),
            ],
        },
    ),
    "expects another status": (DONE, {"expect": RunStatus.FAILING}),
}
TIMES = ("due_at", "lease_until", "created_at", "started_at", "finished_at", "ended_at")
IDS = ("id", "step_id")


def picture(run_id: UUID) -> list[Any]:
    """All rows of the run, with times as whether they are set, and without ids."""
    groups = (
        Run.objects.filter(pk=run_id),
        StepRun.objects.filter(run_id=run_id).order_by("id"),
        Attempt.objects.filter(step__run_id=run_id).order_by("id"),
        AuditEvent.objects.filter(run_id=run_id).order_by("sequence"),
    )
    return [
        {
            name: (value is not None if name in TIMES else value)
            for name, value in row.items()
            if name not in IDS
        }
        for rows in groups
        for row in rows.values()
    ]


@only_postgres
@pytest.mark.parametrize("name", SETTLEMENTS)
def test_both_ways_to_settle_leave_the_same_rows(name: str) -> None:
    change, options = SETTLEMENTS[name]
    run_id = api.start_run(workflows.Chain).id
    held, _ = claim(run_id)
    settlement = Settlement(claim=held, change=change, lease=30, **options)
    before = picture(run_id)
    left: list[Any] = []
    for way in (OrmBackend("default"), PostgresBackend("default")):
        with transaction.atomic():
            settled = way.settle(settlement)
            now = picture(run_id)
            transaction.set_rollback(True)
        born = settled.next if settled is not None else None
        told = None if born is None else (born.name, born.attempt, born.token, born.worker)
        left.append((settled is None, told, now))
    assert left[0] == left[1]
    assert (left[0][2] == before) is ("expect" in options)


@only_postgres
@pytest.mark.parametrize("status", list(RunStatus))
def test_both_ways_to_claim_leave_the_same_rows(status: RunStatus) -> None:
    run_id = api.start_run(workflows.Chain).id
    over = DatabaseNow() if status in FINISHED_RUN else None
    Run.objects.filter(pk=run_id).update(status=status.value, finished_at=over)
    token, left = uuid4(), []
    for way in (OrmBackend("default"), PostgresBackend("default")):
        with transaction.atomic():
            claimed = way.claim_due_step(worker="w", token=token, lease=30)
            now = picture(run_id)
            transaction.set_rollback(True)
        known = None
        if claimed is not None:
            facts = claimed.claim
            known = (facts.name, facts.attempt, facts.token, facts.run_id, facts.waited_for, claimed.head)
        left.append((known, now))
    assert left[0] == left[1]


@pytest.mark.parametrize("change", [DONE, LATER, MISSING, FAILED])
def test_a_settlement_without_its_claim_writes_nothing(change: StepChange) -> None:
    run_id = api.start_run(workflows.Chain).id
    held, _ = claim(run_id)
    StepRun.objects.filter(run_id=run_id).update(claim_token=uuid4())
    before = picture(run_id)
    new = [NewStep(name="two", status=StepStatus.RUNNING, token=TOKEN)]
    settlement = Settlement(
        claim=held,
        change=change,
        lease=30,
        new_steps=new,
        run_status=RunStatus.WAITING,
        events=[Event(type=EventType.COMMENTED)],
    )
    assert backend_of("default").settle(settlement) is None
    assert picture(run_id) == before


@pytest.mark.django_db(transaction=True)
def test_of_many_claimers_each_step_has_one() -> None:
    runs = {api.start_run(workflows.Single).id for _ in range(40)}
    found: list[UUID] = []
    faults: list[Exception] = []

    def claimer() -> None:
        try:
            for _ in range(400):
                claimed = backend_of("default").claim_due_step(worker="w", token=uuid4(), lease=30)
                if claimed is not None:
                    found.append(claimed.claim.run_id)
                if len(found) >= 40:
                    break
        except Exception as fault:  # noqa: BLE001 - told by the test
            faults.append(fault)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=claimer) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert len(found) == 40
    assert set(found) == runs
    assert set(StepRun.objects.values_list("status", "attempt_number")) == {("running", 1)}
