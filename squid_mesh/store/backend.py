"""The backend of a database: how runs are started, steps are claimed and settled, and workers are woken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.db import connections

from squid_mesh.store.orm.backend import OrmBackend
from squid_mesh.store.postgres.backend import PostgresBackend
from squid_mesh.store.values import Claimed, DueWork, NewRun, Settled, Settlement


class WakeUpListener(Protocol):
    """Wait for a notification that work may be due."""

    def wait(self, seconds: float) -> bool:
        """Wait for at most that many seconds; return whether a notification came."""


class Backend(Protocol):
    """What differs between databases. Every backend leaves the same rows."""

    def start_run(self, new: NewRun) -> datetime | None:
        """Write a run, its definition and its first steps; return when it was created.

        Return None, and write nothing, if the run's idempotency key is taken. A start that a deadlock undid
        is repeated, except inside a transaction of the caller.
        """

    def claim_due_step(
        self, *, worker: str, token: UUID, lease: float, run_id: UUID | None = None
    ) -> Claimed | None:
        """Claim the step that has been due longest, of that run if one is given; None if there is none.

        ``lease`` is in seconds. Steps of runs that another transaction holds are passed over.
        """

    def settle(self, settlement: Settlement) -> Settled | None:
        """Write a settlement; return None, and write nothing, if the claim is lost or the run moved on."""

    def find_due_work(self, limit: int) -> DueWork:
        """Count due steps, at most ``limit``, and find expired leases. Writes nothing."""

    def notify_workers(self) -> None:
        """Wake the clusters once the transaction commits. Where nothing can wake them, they poll."""

    def open_listener(self) -> WakeUpListener:
        """Return what a cluster waits on between two queries for due work."""


#: The backends for particular databases, by Django's name of the vendor. All others use the ORM.
BACKENDS: Mapping[str, Callable[[str], Backend]] = {"postgresql": PostgresBackend}


def backend_of(using: str) -> Backend:
    """Return the backend of the database with that alias."""
    return BACKENDS.get(connections[using].vendor, OrmBackend)(using)
