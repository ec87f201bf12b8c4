"""Every backend leaves the same rows and returns the same values.

Each scenario runs on each backend that the database allows. What it returns and the rows that it leaves in
all tables are compared with ``expected_rows.json``. So the ORM's backend is tested on every database, and
PostgreSQL's own leaves the same.
After a change of the schema, write the file again and read the difference:
``SQUID_MESH_TEST_WRITE_EXPECTED=1 python -m pytest tests/integration/store/test_backend_conformance.py``.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from squid_mesh.lifecycle import EventType, RunStatus, StepStatus
from squid_mesh.models import StepRun
from squid_mesh.store import missing
from squid_mesh.store.backend import Backend, backend_of
from squid_mesh.store.orm.backend import OrmBackend
from squid_mesh.store.postgres.backend import PostgresBackend
from squid_mesh.store.runs import lock_run
from squid_mesh.store.values import Event, MissingCode, NewStep, Settlement, StepChange
from tests.host.concurrency import run_concurrently
from tests.integration.store.scenarios import DONE, FAILED, SCENARIOS, Scenario, claimed, start
from tests.integration.store.tables import Tables

EXPECTED = Path(__file__).with_name("expected_rows.json")
BACKENDS: dict[str, Backend] = {"orm": OrmBackend("default")}
if connection.vendor == "postgresql":
    BACKENDS["postgres"] = PostgresBackend("default")

each_backend = pytest.mark.parametrize("backend", BACKENDS.values(), ids=BACKENDS)


@each_backend
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_a_scenario_leaves_the_expected_rows(backend: Backend, scenario: Scenario) -> None:
    tables = Tables()
    returned = scenario(backend)
    found = {"returned": tables.normalise(returned), "rows": tables.read()}
    if os.environ.get("SQUID_MESH_TEST_WRITE_EXPECTED"):
        _write(scenario.__name__, found)
    assert found == json.loads(EXPECTED.read_text())[scenario.__name__]


def _write(name: str, found: object) -> None:
    known = json.loads(EXPECTED.read_text()) if EXPECTED.exists() else {}
    names = sorted({*known, name} & {scenario.__name__ for scenario in SCENARIOS})
    lines = [
        f" {json.dumps(one)}: {json.dumps((known | {name: found})[one], sort_keys=True)}" for one in names
    ]
    EXPECTED.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def test_the_expectations_are_those_of_the_scenarios() -> None:
    assert set(json.loads(EXPECTED.read_text())) == {scenario.__name__ for scenario in SCENARIOS}


def test_the_backend_is_chosen_by_the_database() -> None:
    assert type(backend_of("default")) is type(list(BACKENDS.values())[-1])


@each_backend
@pytest.mark.parametrize("change", [DONE, FAILED], ids=["done", "failed"])
def test_settling_a_lost_claim_changes_no_row(backend: Backend, change: StepChange) -> None:
    claim, tables = claimed(backend), Tables()
    StepRun.objects.update(claim_token=UUID(int=8))
    before = tables.read()
    settlement = Settlement(
        claim=claim,
        change=change,
        lease=30,
        new_steps=[NewStep(name="two", status=StepStatus.RUNNING, token=UUID(int=7))],
        run_status=RunStatus.WAITING,
        events=[Event(type=EventType.COMMENTED)],
    )
    assert backend.settle(settlement) is None
    assert tables.read() == before


@each_backend
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(not connection.features.has_select_for_update, reason="needs row locks")
def test_a_claim_passes_over_a_run_that_another_transaction_holds(backend: Backend) -> None:
    first, second = start(backend, 1), start(backend, 2)
    with transaction.atomic():
        lock_run(first, "default")
        [claimed] = run_concurrently(lambda: backend.claim_due_step(worker="w", token=UUID(int=9), lease=30))
    assert claimed.claim.run_id == second


@each_backend
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(not connection.features.has_select_for_update, reason="needs row locks")
def test_a_claim_that_passes_over_a_held_run_leaves_what_is_left_to_other_clusters(backend: Backend) -> None:
    first = start(backend, 1, start_at=datetime(2026, 1, 1, tzinfo=UTC))
    start(backend, 2, start_at=datetime(2026, 1, 2, tzinfo=UTC), fingerprint="e" * 64)
    third = start(backend, 3)
    code = MissingCode(definition="e" * 64, step="one", path="shop.steps:gone")
    missing.remember(code, until=monotonic() + 600, left=True, now=monotonic())
    with transaction.atomic():
        lock_run(first, "default")
        [claimed] = run_concurrently(lambda: backend.claim_due_step(worker="w", token=UUID(int=9), lease=30))
    assert claimed.claim.run_id == third


@each_backend
@pytest.mark.django_db(transaction=True)
def test_of_many_claims_at_once_each_step_has_one(backend: Backend) -> None:
    runs = {start(backend, number) for number in range(1, 41)}
    found: list[UUID] = []

    def claim_all() -> None:
        for _ in range(400):
            claimed = backend.claim_due_step(worker="w", token=uuid4(), lease=30)
            if claimed is not None:
                found.append(claimed.claim.run_id)
            if len(found) >= 40:
                return

    assert run_concurrently(*[claim_all] * 4) == [None] * 4
    assert len(found) == 40
    assert set(found) == runs
    assert set(StepRun.objects.values_list("status", "attempt_number")) == {("running", 1)}


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="only PostgreSQL notifies")
@pytest.mark.parametrize("notify", [True, False])
def test_a_settlement_notifies_workers_if_it_says_so(notify: bool) -> None:
    backend = PostgresBackend("default")
    claim = claimed(backend)
    listener = backend.open_listener()
    assert listener.wait(0) is True
    try:
        backend.settle(Settlement(claim=claim, change=DONE, lease=30, notify=notify))
        assert listener.wait(10 if notify else 0.5) is notify
    finally:
        listener._connection.close()
