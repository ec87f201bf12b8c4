"""Statements are prepared on the worker's connection, planned anew now and then, and never behind a pool."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from squid_mesh.store import prepared

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="only PostgreSQL prepares"),
]

STATEMENT = "SELECT %(one)s::int + 1 AS prepared_in_a_test"


def _plans() -> int:
    """How many plans of the statement this connection keeps."""
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
def test_a_plan_is_made_anew_after_so_many_executions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "_PLAN_LASTS", 10)
    for _ in range(30):
        prepared.execute(STATEMENT, {"one": 1}, "default")
    assert _plans() == 3


def test_behind_a_pool_of_transactions_nothing_is_prepared(monkeypatch: pytest.MonkeyPatch) -> None:
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
