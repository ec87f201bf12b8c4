"""Settling a claim on PostgreSQL in one statement.

All parts of one statement see the same snapshot; a lock taken in it checks its row's conditions again.
"""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any

from squid_mesh.lifecycle import FINISHED_RUN, AttemptOutcome, StepStatus
from squid_mesh.store.postgres import prepared
from squid_mesh.store.postgres.notifications import CHANNEL
from squid_mesh.store.values import Claim, Json, Settled, Settlement

_STEP_COLUMNS = """run_id, name, visit, map_index, status, outcome, waiting_for, due_at, claim_token,
    lease_until, worker, attempt_number, failures, crashes, deferrals, current, created_at, started_at,
    finished_at"""


def settle(settlement: Settlement, using: str) -> Settled | None:
    """Write a settlement; return None, and write nothing, if the claim is lost or the run moved on."""
    parts: list[str] = []
    values: list[Any] = []
    for part, given in (
        _locked_run(settlement),
        _step_change(settlement),
        _new_attempt(settlement),
        _forgotten_attempt(settlement),
        _new_steps(settlement),
        _run_change(settlement),
        _new_events(settlement),
    ):
        if part:
            parts.append(part)
            values += given
    notify = f", pg_notify('{CHANNEL}', '')" if settlement.notify else ""
    columns = (
        "n.name, n.visit, n.id, n.claim_token, statement_timestamp()" if settlement.new_steps else "NULL"
    )
    added = "LEFT JOIN added n ON true" if settlement.new_steps else ""
    statement = f"WITH {', '.join(parts)} SELECT {columns}{notify} FROM step {added}"  # noqa: S608 - no user text
    rows = prepared.execute(statement, values, using)
    if not rows:
        return None
    if not settlement.new_steps:
        return Settled()
    return Settled(
        next=next((_claim_of_new(settlement, row) for row in rows if row[3] is not None), None),
        visits={row[0]: row[1] for row in rows},
    )


def _claim_of_new(settlement: Settlement, row: tuple[Any, ...]) -> Claim:
    name, visit, step_id, token, started_at = row[:5]
    return Claim(
        step_id=step_id,
        run_id=settlement.claim.run_id,
        name=name,
        visit=visit,
        token=token,
        worker=settlement.claim.worker,
        attempt=1,
        started_at=started_at.astimezone(UTC),
    )


def _locked_run(settlement: Settlement) -> tuple[str, list[Any]]:
    # A key-share lock, as a foreign key takes it. While an operator holds the run's lock, the statement waits
    # and then checks the run's status again.
    strength = "KEY SHARE" if settlement.run_status is None and not settlement.events else "NO KEY UPDATE"
    return (
        f"locked AS (SELECT id FROM squid_mesh_run WHERE id = %s AND status = %s FOR {strength})",  # noqa: S608
        [settlement.claim.run_id, settlement.expect.value],
    )


def _step_change(settlement: Settlement) -> tuple[str, list[Any]]:
    claim, change = settlement.claim, settlement.change
    due = "NULL" if change.delay is None else "statement_timestamp() + make_interval(secs => %s)"
    finished = change.status not in (StepStatus.WAITING, StepStatus.PAUSED)
    statement = f"""step AS (
        UPDATE squid_mesh_steprun s
        SET status = %s, outcome = %s, waiting_for = %s, due_at = {due}, claim_token = NULL,
            lease_until = NULL, attempt_number = %s, failures = %s, deferrals = %s, input = %s::jsonb,
            output = %s::jsonb, secrets = %s::jsonb, error = %s::jsonb,
            request = coalesce(%s::jsonb, s.request),
            finished_at = {"statement_timestamp()" if finished else "NULL"}
        FROM locked WHERE s.run_id = locked.id AND s.id = %s AND s.claim_token = %s
        RETURNING s.id, s.run_id, s.worker, s.started_at)"""  # noqa: S608 - no user text
    attempt = claim.attempt if change.attempt_outcome is not None else claim.attempt - 1
    values: list[Any] = [change.status.value, change.outcome, change.waiting_for or ""]
    values += [] if change.delay is None else [change.delay]
    values += [attempt, change.failures, change.deferrals]
    written = (change.input, change.output, change.secrets, change.error, change.request)
    values += [_json(value) for value in written]
    return statement, [*values, claim.step_id, claim.token]


def _new_attempt(settlement: Settlement) -> tuple[str, list[Any]]:
    change = settlement.change
    if change.attempt_outcome is None:
        return "", []
    return (
        """attempt AS (
        INSERT INTO squid_mesh_attempt (step_id, kind, number, worker, outcome, error, started_at, ended_at)
        SELECT id, 'run', %s, worker, %s, %s::jsonb, started_at, statement_timestamp() FROM step)""",
        [settlement.claim.attempt, change.attempt_outcome.value, _json(change.attempt_error)],
    )


def _forgotten_attempt(settlement: Settlement) -> tuple[str, list[Any]]:
    number = settlement.change.forgotten_attempt
    if number is None:
        return "", []
    return (
        """forgotten AS (
        DELETE FROM squid_mesh_attempt a USING step
        WHERE a.step_id = step.id AND a.kind = 'run' AND a.number = %s AND a.outcome = %s)""",
        [number, AttemptOutcome.DEFERRED.value],
    )


def _new_steps(settlement: Settlement) -> tuple[str, list[Any]]:
    if not settlement.new_steps:
        return "", []
    rows = ", ".join("(%s, %s, %s::uuid, %s)" for _ in settlement.new_steps)
    statement = f"""added AS (
        INSERT INTO squid_mesh_steprun ({_STEP_COLUMNS})
        SELECT step.run_id, v.name, 1 + coalesce((
                SELECT max(visit) FROM squid_mesh_steprun s
                WHERE s.run_id = step.run_id AND s.name = v.name), 0),
            0, v.status, '', '',
            CASE WHEN v.status = 'ready' THEN statement_timestamp() END, v.token,
            CASE WHEN v.token IS NOT NULL
                THEN statement_timestamp() + make_interval(secs => %s) END,
            CASE WHEN v.token IS NOT NULL THEN step.worker ELSE '' END,
            CASE WHEN v.token IS NOT NULL THEN 1 ELSE 0 END, 0, 0, 0, true,
            statement_timestamp(),
            CASE WHEN v.token IS NOT NULL THEN statement_timestamp() END,
            CASE WHEN v.status = 'skipped' THEN statement_timestamp() END
        FROM step, (VALUES {rows}) v (name, status, token, n) ORDER BY v.n
        RETURNING id, name, visit, claim_token)"""  # noqa: S608 - no user text
    values: list[Any] = [settlement.lease]
    for n, new in enumerate(settlement.new_steps):
        values += [new.name, new.status.value, new.token, n]
    return statement, values


def _run_change(settlement: Settlement) -> tuple[str, list[Any]]:
    status, count = settlement.run_status, len(settlement.events)
    changes: list[str] = []
    values: list[Any] = []
    if status is not None:
        finish = "statement_timestamp()" if status in FINISHED_RUN else "NULL"
        changes += [
            "status = %s",
            "started_at = coalesce(r.started_at, statement_timestamp())",
            f"finished_at = {finish}",
            "error = coalesce(%s::jsonb, r.error)",
        ]
        values += [status.value, _json(settlement.run_error)]
    if count:
        changes += ["event_count = r.event_count + %s"]
        values += [count]
    if not changes:
        return "", []
    statement = f"""run AS (
        UPDATE squid_mesh_run r SET {", ".join(changes)} FROM step WHERE r.id = step.run_id
        RETURNING r.id, r.event_count)"""  # noqa: S608 - no user text
    return statement, values


def _new_events(settlement: Settlement) -> tuple[str, list[Any]]:
    if not settlement.events:
        return "", []
    rows = ", ".join("(%s, %s, %s, %s, %s, %s, %s::jsonb)" for _ in settlement.events)
    statement = f"""events AS (
        INSERT INTO squid_mesh_auditevent
            (run_id, sequence, type, step, actor_key, actor_text, comment, data, created_at)
        SELECT run.id, run.event_count + v.n, v.type, v.step, v.actor_key, v.actor, v.comment, v.data,
            statement_timestamp()
        FROM run, (VALUES {rows}) v (n, type, step, actor_key, actor, comment, data))"""  # noqa: S608
    values: list[Any] = []
    for n, event in enumerate(settlement.events, start=1 - len(settlement.events)):
        values += [
            n,
            event.type.value,
            event.step,
            event.actor_key,
            event.actor_text,
            event.comment,
            json.dumps(dict(event.data)),
        ]
    return statement, values


def _json(value: Json) -> str | None:
    return None if value is None else json.dumps(value)
