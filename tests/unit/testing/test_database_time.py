"""Statements that read the database's time, moved."""

from __future__ import annotations

from datetime import timedelta

import pytest

from squid_mesh.testing.database_time import move_sql

AHEAD = timedelta(seconds=1, milliseconds=500)


@pytest.mark.parametrize(
    ("vendor", "sql", "moved"),
    [
        (
            "postgresql",
            "due_at <= statement_timestamp() + make_interval(secs => %s)",
            "due_at <= (statement_timestamp() + interval '1.500000 seconds') + make_interval(secs => %s)",
        ),
        ("postgresql", "SELECT NOW()", "SELECT (NOW() + interval '1.500000 seconds')"),
        ("postgresql", "CURRENT_TIMESTAMP", "(CURRENT_TIMESTAMP + interval '1.500000 seconds')"),
        ("mysql", "UTC_TIMESTAMP(6)", "(UTC_TIMESTAMP(6) + INTERVAL 1500000 MICROSECOND)"),
        ("mysql", "CURRENT_TIMESTAMP(6)", "(CURRENT_TIMESTAMP(6) + INTERVAL 1500000 MICROSECOND)"),
        (
            "sqlite",
            "STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f000', 'NOW')",
            "STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f000', 'NOW', '+1.500 seconds')",
        ),
        (
            "sqlite",
            "datetime('now', 'start of day')",
            "datetime('now', '+1.500 seconds', 'start of day')",
        ),
    ],
)
def test_each_reading_of_the_time_is_moved(vendor: str, sql: str, moved: str) -> None:
    assert move_sql(f"SELECT 1 WHERE {sql}", vendor, AHEAD) == f"SELECT 1 WHERE {moved}"


@pytest.mark.parametrize(
    ("vendor", "sql"),
    [
        ("postgresql", "SELECT known(), now_at, 'statement_timestamp' FROM current_timestamps"),
        ("mysql", "SELECT NOWHERE(6), UTC_TIMESTAMP_OF FROM t"),
        ("sqlite", "SELECT 'NOW', strftime('%Y', created_at) FROM t"),
        ("oracle", "SELECT CURRENT_TIMESTAMP FROM dual"),
    ],
)
def test_other_text_stays(vendor: str, sql: str) -> None:
    assert move_sql(sql, vendor, AHEAD) == sql
