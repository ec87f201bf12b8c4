"""The backend for PostgreSQL."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from squid_mesh.definitions import blueprint
from squid_mesh.store import missing
from squid_mesh.store.orm.backend import PollingListener
from squid_mesh.store.postgres import prepared
from squid_mesh.store.postgres.claim import KNOWN_STATUS, NOT_LEFT, claim_due_step, list_keys
from squid_mesh.store.postgres.notifications import NotificationListener, notify_workers
from squid_mesh.store.postgres.settle import settle
from squid_mesh.store.postgres.start import start_run
from squid_mesh.store.values import Claimed, DueWork, NewRun, Settled, Settlement

# A subquery for each step instead of a join: the planner must not read all runs to find the few that are due.
_READABLE = f"""{KNOWN_STATUS}
            AND (SELECT r.definition_format <= %(format)s AND NOT r.definition_id = ANY(%(unreadable)s)
                {{not_left}} FROM squid_mesh_run r WHERE r.id = s.run_id)"""  # noqa: S608
_FIND = f"""
SELECT
    (SELECT count(*) FROM (
        SELECT 1 FROM squid_mesh_steprun s
        WHERE s.due_at <= statement_timestamp() AND {_READABLE} LIMIT %(limit)s) due),
    EXISTS (SELECT 1 FROM squid_mesh_steprun s
        WHERE s.lease_until < statement_timestamp() AND {_READABLE.format(not_left="")}),
    (SELECT extract(epoch FROM s.due_at - statement_timestamp())::float8 FROM squid_mesh_steprun s
        WHERE s.due_at > statement_timestamp() AND {_READABLE} ORDER BY s.due_at LIMIT 1)
"""  # noqa: S608 - no user text
_FIND_DUE_WORK, _FIND_DUE_WORK_NOT_LEFT = _FIND.format(not_left=""), _FIND.format(not_left=NOT_LEFT)


@dataclass(frozen=True, slots=True)
class PostgresBackend:
    """See :class:`squid_mesh.store.backend.Backend`. ``using`` is the alias of the database."""

    using: str

    def start_run(self, new: NewRun) -> datetime | None:
        """Write a run; None if its idempotency key is taken."""
        return start_run(new, self.using)

    def claim_due_step(
        self, *, worker: str, token: UUID, lease: float, run_id: UUID | None = None
    ) -> Claimed | None:
        """Claim the step that has been due longest; None if there is none."""
        return claim_due_step(worker, token, lease, self.using, run_id)

    def settle(self, settlement: Settlement) -> Settled | None:
        """Write a settlement; None if the claim is lost or the run moved on."""
        return settle(settlement, self.using)

    def find_due_work(self, limit: int) -> DueWork:
        """Count due steps, at most ``limit``, and find expired leases."""
        left = missing.list_left_at(time.monotonic())
        values = {"limit": limit, "format": blueprint.FORMAT, "unreadable": list(left.definitions)}
        values |= {"left": list_keys(left)} if left.steps else {}
        statement = _FIND_DUE_WORK_NOT_LEFT if left.steps else _FIND_DUE_WORK
        [(steps, expired, next_in)] = prepared.execute(statement, values, self.using)
        return DueWork(steps=steps, expired=expired, next_in=next_in)

    def notify_workers(self) -> None:
        """Wake the clusters that listen, once the transaction commits."""
        notify_workers(self.using)

    def open_listener(self) -> NotificationListener | PollingListener:
        """Return a listener for notifications; one that polls if the driver is psycopg 2."""
        return NotificationListener(self.using) if prepared.has_psycopg3() else PollingListener()
