"""Statements are prepared on the worker's connection, planned again now and then, and never behind a pool."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from squid_mesh.models import Attempt, StepRun
from squid_mesh.store.postgres import prepared
from tests.host import workflows
from tests.host.invariants import assert_consistent
from tests.host.runs import driven, seen

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="only PostgreSQL prepares"),
]

STATEMENT = "SELECT %(one)s::int + 1 AS prepared_in_a_test"


def _plans() -> int:
    """Count the plans of the statement that this connection keeps."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s",
            ["/*%AS prepared_in_a_test"],
        )
        return int(cursor.fetchone()[0])


@pytest.fixture(autouse=True)
def _none_yet() -> Any:
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")


@pytest.fixture
def from_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "_executed", iter(range(10_000)))


@pytest.mark.usefixtures("from_the_start")
def test_a_statement_is_planned_once_for_many_executions() -> None:
    answers = [prepared.execute(STATEMENT, {"one": n}, "default") for n in range(300)]
    assert answers == [[(n + 1,)] for n in range(300)]
    assert _plans() <= 2, "one, or two where the second number needs a wider type"


@pytest.mark.usefixtures("from_the_start")
def test_a_statement_is_planned_again_after_many_executions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "_PLAN_LASTS", 10)
    for _ in range(30):
        prepared.execute(STATEMENT, {"one": 1}, "default")
    assert _plans() == 3


def test_nothing_is_prepared_behind_a_pool_of_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    assert prepared.execute(STATEMENT, {"one": 1}, "default") == [(2,)]
    assert _plans() == 0


def test_the_hosts_own_statements_are_not_prepared() -> None:
    before = connection.connection.prepare_threshold
    prepared.execute(STATEMENT, {"one": 1}, "default")
    assert connection.connection.prepare_threshold == before


def test_errors_are_djangos_and_queries_are_logged() -> None:
    with CaptureQueriesContext(connection) as logged:
        prepared.execute(STATEMENT, {"one": 1}, "default")
    assert len(logged) == 1
    with pytest.raises(DatabaseError):
        prepared.execute("SELECT no_such_column", {}, "default")


def sql(statement: str) -> None:
    """Execute a statement of the host's own."""
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def _never_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "_refused", count(1))
    monkeypatch.setattr(prepared, "_gave_up", False)


@pytest.fixture
def table() -> Iterator[str]:
    sql("CREATE TABLE prepared_in_a_test (name varchar(10))")
    sql("INSERT INTO prepared_in_a_test VALUES ('Ada')")
    yield "prepared_in_a_test"
    sql("DROP TABLE prepared_in_a_test")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_never_refused")
class TestUnusable:
    """A prepared statement can no longer be used."""

    @pytest.mark.parametrize("forget", ["DISCARD ALL", "DEALLOCATE ALL"])
    @pytest.mark.parametrize("place", ["before", "two"])
    def test_a_server_that_forgets_costs_no_attempt(self, plan, calls, forget: str, place: str) -> None:
        driven(workflows.Chain)
        calls.clear()
        if place == "before":
            sql(forget)
        else:
            plan[place] = lambda ctx: sql(forget)
        run_id = driven(workflows.Chain)
        assert calls == ["one", "two", "three"]
        assert seen(run_id).status == "completed"
        assert Attempt.objects.filter(step__run_id=run_id).count() == 3
        assert_consistent(run_id)

    @pytest.mark.parametrize("step", ["left", "right"])
    def test_a_server_that_forgets_before_a_join_costs_no_attempt(self, plan, calls, step: str) -> None:
        driven(workflows.Spread)
        calls.clear()
        plan[step] = lambda ctx: sql("DISCARD ALL")
        run_id = driven(workflows.Spread)
        assert sorted(calls) == ["end", "left", "right", "start"]
        assert seen(run_id).status == "completed"
        assert not StepRun.objects.filter(run_id=run_id, attempt_number__gt=1).exists()
        assert_consistent(run_id)

    def test_a_column_that_changes_its_type_is_read_as_it_is_now(self, table: str) -> None:
        statement = f"SELECT name FROM {table} WHERE name <> %(other)s"
        values = {"other": "Bob"}
        assert prepared.execute(statement, values, "default") == [("Ada",)]
        sql(f"ALTER TABLE {table} ALTER COLUMN name TYPE varchar(20)")
        for _ in range(3):
            assert prepared.execute(statement, values, "default") == [("Ada",)]

    def test_a_forgotten_statement_is_prepared_again(self) -> None:
        prepared.execute(STATEMENT, {"one": 1}, "default")
        sql("DEALLOCATE ALL")
        for _ in range(3):
            prepared.execute(STATEMENT, {"one": 1}, "default")
        assert _plans() == 1

    def test_inside_a_transaction_it_is_an_error_and_the_next_transaction_works(self) -> None:
        prepared.execute(STATEMENT, {"one": 1}, "default")
        sql("DEALLOCATE ALL")
        with pytest.raises(OperationalError, match="prepared"), transaction.atomic():
            prepared.execute(STATEMENT, {"one": 1}, "default")
        with transaction.atomic():
            assert prepared.execute(STATEMENT, {"one": 1}, "default") == [(2,)]

    def test_a_process_with_many_refusals_stops_preparing(self) -> None:
        for _ in range(2 * prepared._MOST_REFUSALS + 1):
            assert prepared.execute(STATEMENT, {"one": 1}, "default") == [(2,)]
            sql("DEALLOCATE ALL")
        assert prepared.execute(STATEMENT, {"one": 1}, "default") == [(2,)]
        assert _plans() == 0

    def test_a_taken_name_means_a_pool_so_the_process_stops_preparing(self) -> None:
        for n in range(50):  # as another process has named its own on the server's connection
            sql(f"PREPARE _pg3_{n} AS SELECT 0")
        for _ in range(3):
            assert prepared.execute(STATEMENT, {"one": 1}, "default") == [(2,)]
        assert _plans() == 0
