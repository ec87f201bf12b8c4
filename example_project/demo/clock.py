"""A cluster whose clock is set to shortly before the daily digest, so that its cron trigger fires soon."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from digest.localhost import Localhost
from digest.workflows import PostDailyDigest
from django.core.management.base import CommandError
from django.utils import timezone

from demo.runs import DemoRun
from squid_mesh import api
from squid_mesh.dispatch.broker import Broker

CLOCK_OFFSET = "EXAMPLE_CLOCK_OFFSET_SECONDS"
TRIGGER = "daily_digest"
#: How long before the scheduled time the clock is set: time for the cluster to start.
LEAD = timedelta(seconds=3)


class OffsetBroker(Broker):
    """A broker whose cron triggers use a clock that is ahead of the database's."""

    def cron_time(self, now: datetime) -> datetime:
        """Return the demonstration's time."""
        return now + timedelta(seconds=float(os.environ[CLOCK_OFFSET]))


@dataclass(frozen=True, slots=True)
class ScheduledDigest:
    """The next scheduled time of the daily digest, and the last run before it."""

    at: datetime
    last_run: UUID | None

    @classmethod
    def find_next(cls) -> ScheduledDigest:
        """Return the next scheduled digest.

        Raises:
            CommandError: its trigger is disabled.
        """
        api.refresh_triggers()
        trigger = _read_trigger()
        if trigger.next_time is None:
            raise CommandError("The trigger of the daily digest is disabled; enable it in the admin.")
        return cls(trigger.next_time, trigger.last_run)

    def environment(self, localhost: Localhost, edition: str) -> dict[str, str]:
        """Return the cluster's environment: its clock, and the URLs of the feed and the webhook."""
        offset = self.at - LEAD - timezone.now()
        return {
            "EXAMPLE_BROKER": "demo.clock.OffsetBroker",
            CLOCK_OFFSET: str(offset.total_seconds()),
            "DIGEST_FEED_URL": f"{localhost.feed_url}?edition={edition}-nine",
            "DISCORD_WEBHOOK_URL": localhost.webhook_url,
        }

    def find_run(self) -> DemoRun | None:
        """Return the run that the trigger has started, or None."""
        run_id = _read_trigger().last_run
        if run_id is None or run_id == self.last_run:
            return None
        return DemoRun("at nine", run_id, f"started by its cron trigger for {self.at:%A %H:%M}")


def _read_trigger() -> api.TriggerSnapshot:
    name = PostDailyDigest.workflow_name
    return next(t for t in api.list_triggers() if (t.workflow, t.name) == (name, TRIGGER))
