"""The backend for every database, with Django's ORM. Clusters poll: nothing wakes them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import ExpressionWrapper, QuerySet

from squid_mesh import conf
from squid_mesh.models import StepRun
from squid_mesh.models.utc_times import UtcDateTimeField
from squid_mesh.store import missing
from squid_mesh.store.clock import DatabaseNow
from squid_mesh.store.definitions import filter_readable, filter_runnable
from squid_mesh.store.orm.claim import claim_due_step
from squid_mesh.store.orm.settle import settle
from squid_mesh.store.orm.start import start_run
from squid_mesh.store.values import Claimed, DueWork, NewRun, Settled, Settlement


class PollingListener:
    """Return after at most ``POLL_SECONDS``, so that the step table is read again."""

    def wait(self, seconds: float) -> bool:
        """Sleep; no notification ever comes."""
        time.sleep(min(seconds, conf.current().POLL_SECONDS))
        return False


@dataclass(frozen=True, slots=True)
class OrmBackend:
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
        rows, left = StepRun.objects.using(self.using), missing.list_left_at(time.monotonic())
        runnable = filter_runnable(rows, left)
        return DueWork(
            steps=runnable.filter(due_at__lte=DatabaseNow()).values_list("pk")[:limit].count(),
            expired=filter_readable(rows, left).filter(lease_until__lt=DatabaseNow()).exists(),
            next_in=self._next_in(runnable),
        )

    def _next_in(self, rows: QuerySet[StepRun]) -> float | None:
        now = ExpressionWrapper(DatabaseNow(), output_field=UtcDateTimeField())
        later = rows.filter(due_at__gt=DatabaseNow()).order_by("due_at")
        found = later.annotate(now=now).values_list("due_at", "now").first()
        if found is None:
            return None
        due_at, now_at = found
        return float((due_at - now_at).total_seconds())

    def notify_workers(self) -> None:
        """Do nothing: the clusters poll."""

    def open_listener(self) -> PollingListener:
        """Return a listener that polls."""
        return PollingListener()
