"""Filling the tables: copies of a few runs that really went so far, made by the database.

Rows are copied through JSON, so that a new column needs no change here. Runs are spread over half a year, the
kinds mixed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

import psycopg

#: Of a thousand runs, how many are of each kind; the rest completes.
SHARES: Mapping[str, int] = {
    "RefusedOrder": 40,
    "SleepingOrder": 30,
    "CheckedOrder": 20,
    "LargeOrder": 20,
    "StubbornOrder": 10,
}


#: The kinds take turns, so that old and new ones of each stand beside each other.
_ROUNDS = 10


@dataclass(frozen=True, slots=True)
class Pattern:
    """A run to copy, and the number of copies."""

    run: UUID
    copies: int


# Ids like the product's own: UUIDv7, in order of creation.
_NEW: LiteralString = """
    CREATE TEMPORARY TABLE new_run AS
    SELECT made.*, (
        lpad(to_hex((extract(epoch FROM made.at) * 1000)::bigint), 12, '0')
        || '7' || substr(replace(gen_random_uuid()::text, '-', ''), 14)
    )::uuid AS id
    FROM (
        SELECT now() - random() * interval '180 days' AS at FROM generate_series(1, %(copies)s)
    ) AS made
"""
_RUNS: LiteralString = """
    INSERT INTO squid_mesh_run
    SELECT made.*
    FROM new_run, squid_mesh_run AS pattern, jsonb_populate_record(pattern, jsonb_build_object(
        'id', new_run.id, 'created_at', new_run.at, 'started_at', new_run.at,
        'finished_at', CASE WHEN pattern.finished_at IS NOT NULL THEN new_run.at + interval '2 seconds' END
    )) AS made
    WHERE pattern.id = %(run)s ORDER BY new_run.at
"""
_STEPS: LiteralString = """
    INSERT INTO squid_mesh_steprun OVERRIDING SYSTEM VALUE
    SELECT made.*
    FROM new_run, squid_mesh_steprun AS pattern, jsonb_populate_record(pattern, jsonb_build_object(
        'id', nextval(pg_get_serial_sequence('squid_mesh_steprun', 'id')), 'run_id', new_run.id,
        'created_at', new_run.at, 'started_at', new_run.at,
        'finished_at', CASE WHEN pattern.finished_at IS NOT NULL THEN new_run.at + interval '1 second' END
    )) AS made
    WHERE pattern.run_id = %(run)s ORDER BY new_run.at, pattern.id
"""
_ATTEMPTS: LiteralString = """
    INSERT INTO squid_mesh_attempt OVERRIDING SYSTEM VALUE
    SELECT made.*
    FROM new_run
    JOIN squid_mesh_steprun AS step ON step.run_id = new_run.id
    JOIN squid_mesh_steprun AS old_step ON old_step.run_id = %(run)s AND old_step.name = step.name
    JOIN squid_mesh_attempt AS pattern ON pattern.step_id = old_step.id,
    jsonb_populate_record(pattern, jsonb_build_object(
        'id', nextval(pg_get_serial_sequence('squid_mesh_attempt', 'id')), 'step_id', step.id,
        'started_at', new_run.at, 'ended_at', new_run.at + interval '1 second'
    )) AS made
"""
_EVENTS: LiteralString = """
    INSERT INTO squid_mesh_auditevent OVERRIDING SYSTEM VALUE
    SELECT made.*
    FROM new_run, squid_mesh_auditevent AS pattern, jsonb_populate_record(pattern, jsonb_build_object(
        'id', nextval(pg_get_serial_sequence('squid_mesh_auditevent', 'id')), 'run_id', new_run.id,
        'created_at', new_run.at
    )) AS made
    WHERE pattern.run_id = %(run)s
"""
_TAGS: LiteralString = """
    INSERT INTO squid_mesh_runtag (run_id, tag, created_at)
    SELECT new_run.id, pattern.tag, new_run.at
    FROM new_run, squid_mesh_runtag AS pattern WHERE pattern.run_id = %(run)s
"""
_VACUUM: tuple[LiteralString, ...] = tuple(
    f"VACUUM (ANALYZE) squid_mesh_{table}" for table in ("run", "runtag", "steprun", "attempt", "auditevent")
)
_MANY_ATTEMPTS: LiteralString = """
    INSERT INTO squid_mesh_attempt OVERRIDING SYSTEM VALUE
    SELECT made.*
    FROM generate_series(2, %(attempts)s) AS n, squid_mesh_attempt AS pattern,
    jsonb_populate_record(pattern, jsonb_build_object(
        'id', nextval(pg_get_serial_sequence('squid_mesh_attempt', 'id')), 'number', n,
        'started_at', pattern.started_at + n * interval '1 hour',
        'ended_at', pattern.ended_at + n * interval '1 hour'
    )) AS made
    WHERE pattern.id = %(attempt)s
"""
_COUNTED: LiteralString = """
    UPDATE squid_mesh_steprun SET attempt_number = %(attempts)s, failures = %(attempts)s
    WHERE id = (SELECT step_id FROM squid_mesh_attempt WHERE id = %(attempt)s)
"""


def fill(store: psycopg.Connection, patterns: Mapping[str, UUID], runs: int) -> None:
    """Copy the patterns, given by the name of their workflow, up to that many runs. Then vacuum."""
    rest = 1000 - sum(SHARES.values())
    for _ in range(_ROUNDS):
        for name, share in {**SHARES, "Order": rest}.items():
            _copy(store, Pattern(patterns[name], runs * share // 1000 // _ROUNDS))
    for statement in _VACUUM:
        store.execute(statement)


def _copy(store: psycopg.Connection, pattern: Pattern) -> None:
    values = {"run": pattern.run, "copies": pattern.copies}
    for statement in (_NEW, _RUNS, _STEPS, _ATTEMPTS, _EVENTS, _TAGS, "DROP TABLE new_run"):
        store.execute(statement, values)


def add_attempts(store: psycopg.Connection, attempt: int, attempts: int) -> None:
    """Copy an attempt until its step has that many."""
    values = {"attempt": attempt, "attempts": attempts}
    store.execute(_MANY_ATTEMPTS, values)
    store.execute(_COUNTED, values)
