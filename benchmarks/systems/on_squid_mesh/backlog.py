"""A hundred thousand timers and as many finished runs with their history, next to the measured runs.

Both are copies of a chain that really completed. Rows are copied through JSON, so that a new column needs
no change here; `jsonb_populate_record` is used in FROM, since `(…).*` in a select list would call it once
a column.
"""

from typing import LiteralString

import psycopg

# Ids like the product's own: UUIDv7, in order of creation.
NEW_RUNS: LiteralString = """
    CREATE TEMPORARY TABLE new_run AS
    SELECT made.*, (
        lpad(to_hex((extract(epoch FROM made.at) * 1000)::bigint), 12, '0')
        || '7' || substr(replace(gen_random_uuid()::text, '-', ''), 14)
    )::uuid AS id
    FROM (
        SELECT n, n > %(finished)s AS waits, now() - interval '30 days' + n * interval '10 seconds' AS at
        FROM generate_series(1, %(finished)s + %(waiting)s) AS n
    ) AS made
"""
PREPARE: tuple[LiteralString, ...] = (NEW_RUNS, "ALTER TABLE new_run ADD PRIMARY KEY (id)", "ANALYZE new_run")

RUNS: LiteralString = """
    INSERT INTO squid_mesh_run
    SELECT made.*
    FROM new_run, squid_mesh_run AS pattern, jsonb_populate_record(pattern, jsonb_build_object(
        'id', new_run.id, 'created_at', new_run.at, 'started_at', new_run.at,
        'status', CASE WHEN waits THEN 'waiting' ELSE 'completed' END,
        'finished_at', CASE WHEN NOT waits THEN new_run.at END
    )) AS made
    WHERE pattern.id = %(pattern)s
    ORDER BY n
"""
FINISHED_STEPS: LiteralString = """
    INSERT INTO squid_mesh_steprun OVERRIDING SYSTEM VALUE
    SELECT made.*
    FROM new_run, squid_mesh_steprun AS pattern, jsonb_populate_record(pattern, jsonb_build_object(
        'id', nextval(pg_get_serial_sequence('squid_mesh_steprun', 'id')), 'run_id', new_run.id,
        'created_at', new_run.at, 'started_at', new_run.at, 'finished_at', new_run.at
    )) AS made
    WHERE pattern.run_id = %(pattern)s AND NOT waits
    ORDER BY n, pattern.id
"""
ATTEMPTS: LiteralString = """
    INSERT INTO squid_mesh_attempt OVERRIDING SYSTEM VALUE
    SELECT made.*
    FROM new_run
    JOIN squid_mesh_steprun AS step ON step.run_id = new_run.id
    JOIN squid_mesh_steprun AS old_step ON old_step.run_id = %(pattern)s AND old_step.name = step.name
    JOIN squid_mesh_attempt AS pattern ON pattern.step_id = old_step.id,
    jsonb_populate_record(pattern, jsonb_build_object(
        'id', nextval(pg_get_serial_sequence('squid_mesh_attempt', 'id')), 'step_id', step.id,
        'started_at', new_run.at, 'ended_at', new_run.at
    )) AS made
    ORDER BY step.id
"""
WAITING_STEPS: LiteralString = """
    INSERT INTO squid_mesh_steprun OVERRIDING SYSTEM VALUE
    SELECT made.*
    FROM new_run, squid_mesh_steprun AS pattern, jsonb_populate_record(pattern, jsonb_build_object(
        'id', nextval(pg_get_serial_sequence('squid_mesh_steprun', 'id')), 'run_id', new_run.id,
        'created_at', new_run.at, 'status', 'waiting', 'waiting_for', 'timer',
        'due_at', now() + interval '1 day', 'outcome', '', 'output', NULL, 'finished_at', NULL
    )) AS made
    WHERE waits AND pattern.id = (SELECT min(id) FROM squid_mesh_steprun WHERE run_id = %(pattern)s)
    ORDER BY n
"""
# No autovacuum is to start in the middle of a measurement.
VACUUM: tuple[LiteralString, ...] = (
    "DROP TABLE new_run",
    "VACUUM (ANALYZE) squid_mesh_run",
    "VACUUM (ANALYZE) squid_mesh_steprun",
    "VACUUM (ANALYZE) squid_mesh_attempt",
    "CHECKPOINT",
)


def fill(store: psycopg.Connection, *, pattern: str, waiting_steps: int, finished_runs: int) -> None:
    """Insert both, then vacuum. `pattern` is the id of a completed chain."""
    sizes = {"waiting": waiting_steps, "finished": finished_runs}
    for statement in (*PREPARE, RUNS, FINISHED_STEPS, ATTEMPTS, WAITING_STEPS, *VACUUM):
        store.execute(statement, sizes | {"pattern": pattern})
