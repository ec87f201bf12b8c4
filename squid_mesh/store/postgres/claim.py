"""Claiming a due step on PostgreSQL in one statement.

All parts of one statement see the same snapshot; a lock taken in it checks its row's conditions again.
"""

from __future__ import annotations

from datetime import UTC
from functools import partial
from typing import Any
from uuid import UUID

from squid_mesh.definitions import blueprint
from squid_mesh.lifecycle import ACTIVE_RUN, OPEN_STEP, RunStatus, StepStatus, WaitingFor, read_waiting_for
from squid_mesh.models import Run, StepRun
from squid_mesh.models.stored_json import stored_json_of
from squid_mesh.store import missing
from squid_mesh.store.missing import Left
from squid_mesh.store.postgres import prepared
from squid_mesh.store.values import Claim, Claimed, RunHead

_WAITS = ", ".join(["''", *(repr(waiting_for.value) for waiting_for in WaitingFor)])
#: The condition that this version knows the status of step ``s``, and what it waits for.
KNOWN_STATUS = (
    f"s.status IN ({', '.join(repr(status.value) for status in sorted(OPEN_STEP))})"
    f" AND s.waiting_for IN ({_WAITS})"
)
_REQUEST = stored_json_of(StepRun, "request")
_PAYLOAD, _SCHEDULE, _TRACE, _SECRETS = (
    stored_json_of(Run, name) for name in ("payload", "schedule", "trace", "secrets")
)
_ACTIVE = ", ".join(f"'{status.value}'" for status in sorted(ACTIVE_RUN))

# A claim holds the step's lock, so it never waits for the run's: everything else locks the run first. If the
# run of the step that has been due longest is held, a second statement finds a step whose run is free.
_CLAIM_WHERE = """
WITH picked AS (
    SELECT s.id, s.run_id, s.waiting_for, s.status AS step_before, r.status AS run_before,
        r.status = 'running' AND s.status = 'ready' AS runs_already
    FROM squid_mesh_steprun s JOIN squid_mesh_run r ON r.id = s.run_id
    WHERE s.due_at <= statement_timestamp() AND r.definition_format <= %(format)s AND {known_status}
        AND NOT r.definition_id = ANY(%(unreadable)s)
        {which}
    ORDER BY s.due_at LIMIT 1 FOR UPDATE OF s SKIP LOCKED {run_lock}
), locked AS (
    SELECT r.id FROM squid_mesh_run r JOIN picked p ON p.run_id = r.id
    WHERE NOT p.runs_already AND r.status IN ({active}) FOR NO KEY UPDATE OF r SKIP LOCKED
), started AS (
    UPDATE squid_mesh_run r
    SET status = 'running', started_at = coalesce(r.started_at, statement_timestamp())
    FROM locked WHERE r.id = locked.id RETURNING r.id
), claimed AS (
    UPDATE squid_mesh_steprun s
    SET status = 'running', waiting_for = '', due_at = NULL, claim_token = %(token)s,
        lease_until = statement_timestamp() + make_interval(secs => %(lease)s), worker = %(worker)s,
        attempt_number = s.attempt_number + 1, started_at = statement_timestamp()
    FROM picked p JOIN squid_mesh_run r ON r.id = p.run_id
    WHERE s.id = p.id AND (p.runs_already OR r.id IN (SELECT id FROM started))
    RETURNING s.id, s.run_id, s.name, s.visit, s.attempt_number, s.failures, s.crashes, s.deferrals,
        p.waiting_for, s.started_at, s.request::text AS request, r.workflow, r.definition_id, r.trigger,
        r.payload::text AS payload, r.schedule::text AS schedule, r.trace::text AS trace,
        r.secrets::text AS secrets,
        p.step_before, p.run_before
)
SELECT claimed.* FROM picked LEFT JOIN claimed ON true
"""


def _make_statements(left: str) -> tuple[str, str, str]:
    """Return the statements that claim any step, a step of one run, and a step of a run that is free."""
    make = partial(_CLAIM_WHERE.format, active=_ACTIVE, known_status=KNOWN_STATUS)
    return (
        make(which=left, run_lock=""),
        make(which=f"AND s.run_id = %(run)s {left}", run_lock=""),
        make(which=f"AND r.status IN ({_ACTIVE}) {left}", run_lock="FOR NO KEY UPDATE OF r SKIP LOCKED"),
    )


#: The condition that step ``s`` of run ``r`` isn't left to other clusters. Only if some are, it is checked.
NOT_LEFT = "AND NOT (r.definition_id || ' ' || s.name) = ANY(%(left)s)"
_CLAIMS, _CLAIMS_NOT_LEFT = _make_statements(""), _make_statements(NOT_LEFT)


def list_keys(left: Left) -> list[str]:
    """Return the steps that are left to other clusters as the condition compares them."""
    return [f"{definition} {name}" for definition, name in left.steps]


def claim_due_step(
    worker: str, token: UUID, lease: float, using: str, run_id: UUID | None = None
) -> Claimed | None:
    """Claim the step that has been due longest and whose run is free; None if there is none."""
    values: dict[str, Any] = {"worker": worker, "token": token, "lease": lease, "format": blueprint.FORMAT}
    left = missing.list_left()
    values["unreadable"] = list(left.definitions)
    values |= {} if run_id is None else {"run": run_id}
    values |= {"left": list_keys(left)} if left.steps else {}
    any_step, of_run, of_free_run = _CLAIMS_NOT_LEFT if left.steps else _CLAIMS
    rows = prepared.execute(any_step if run_id is None else of_run, values, using)
    if rows and rows[0][0] is None and run_id is None:
        rows = prepared.execute(of_free_run, values, using)
    if not rows or rows[0][0] is None:
        return None
    row = rows[0]
    claim = Claim(
        step_id=row[0],
        run_id=row[1],
        name=row[2],
        visit=row[3],
        token=token,
        worker=worker,
        attempt=row[4],
        failures=row[5],
        crashes=row[6],
        deferrals=row[7],
        waited_for=read_waiting_for(row[8]),
        request=_REQUEST.read(row[10]),
        started_at=row[9].astimezone(UTC),
    )
    head = RunHead(
        id=row[1],
        workflow=row[11],
        fingerprint=row[12],
        trigger=row[13],
        payload=_PAYLOAD.read(row[14]),
        schedule=_SCHEDULE.read(row[15]),
        trace=_TRACE.read(row[16]),
        secrets=_SECRETS.read(row[17]),
    )
    return Claimed(
        claim=claim,
        head=head,
        step_before=StepStatus(row[18]),
        run_before=RunStatus(row[19]),
    )
