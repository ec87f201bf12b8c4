"""A worker keeps a finished step's result while the database's disk is full."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest
from django.db import connection

from squid_mesh.engine.worker import slice
from squid_mesh.models import Attempt
from tests.host import workflows
from tests.host.runs import driven, seen

pytestmark = pytest.mark.django_db(transaction=True)
Plan = dict[str, Any]

#: The first three attempts to record an attempt fail with the server's own error for a full disk. What counts
#: them doesn't belong to the transaction, which rolls back.
FILL: Final = {
    "postgresql": (
        "CREATE SEQUENCE disk_writes",
        """CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF nextval('disk_writes') <= 3 THEN
                RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
            END IF;
            RETURN NEW;
        END $$""",
        """CREATE TRIGGER disk_is_full BEFORE INSERT ON squid_mesh_attempt
            FOR EACH ROW EXECUTE FUNCTION disk_is_full()""",
    ),
    "mysql": (
        "CREATE TABLE disk_writes (id INT AUTO_INCREMENT PRIMARY KEY) ENGINE = MyISAM",
        """CREATE TRIGGER disk_is_full BEFORE INSERT ON squid_mesh_attempt FOR EACH ROW BEGIN
            INSERT INTO disk_writes VALUES ();
            IF (SELECT count(*) FROM disk_writes) <= 3 THEN
                SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1021, MESSAGE_TEXT = 'Disk full';
            END IF;
        END""",
    ),
}
FREE: Final = {
    "postgresql": (
        "DROP TRIGGER IF EXISTS disk_is_full ON squid_mesh_attempt",
        "DROP FUNCTION IF EXISTS disk_is_full",
        "DROP SEQUENCE IF EXISTS disk_writes",
    ),
    "mysql": ("DROP TRIGGER IF EXISTS disk_is_full", "DROP TABLE IF EXISTS disk_writes"),
}


def execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@contextmanager
def full_disk() -> Iterator[None]:
    try:
        execute(*FILL[connection.vendor])
        yield
    finally:
        execute(*FREE[connection.vendor])


@pytest.mark.skipif(connection.vendor not in FILL, reason="needs triggers that raise the server's own errors")
def test_a_result_is_settled_once_the_server_has_space_again(
    calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slice, "_FIRST_WAIT", 0.001)
    with full_disk():
        run = seen(driven(workflows.Single))
    assert run.status == "completed"
    assert calls == ["only"]
    assert list(Attempt.objects.values_list("number", "outcome")) == [(1, "completed")]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="limits the size of SQLite's file")
def test_a_result_is_settled_once_the_file_may_grow_again(
    plan: Plan, calls: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fill(ctx: Any) -> dict[str, str]:
        with connection.cursor() as cursor:  # the limit belongs to the connection
            cursor.execute("PRAGMA page_count")
            [pages] = cursor.fetchone()
            cursor.execute(f"PRAGMA max_page_count = {pages}")
        return {"text": "x" * 100_000}

    execute("VACUUM")
    monkeypatch.setattr(slice, "_FIRST_WAIT", 0.001)
    plan["two"] = fill
    run = seen(driven(workflows.Chain))
    assert "database or disk is full" in caplog.text
    assert run.status == "completed"
    assert calls == ["one", "two", "three"]
    assert set(Attempt.objects.values_list("number", "outcome")) == {(1, "completed")}
