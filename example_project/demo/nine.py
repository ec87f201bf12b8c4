"""Nine o'clock within seconds: the demonstration's cluster has a clock set to just before the next digest."""

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

AHEAD = "NEWSDESK_CLOCK_AHEAD"
TRIGGER = "daily_digest"
#: So long before the window the clock is set: time for the cluster to start.
LEAD = timedelta(seconds=3)


class EarlyBroker(Broker):
    """A broker whose cron triggers go by a clock that is so many seconds ahead of the database's."""

    def cron_time(self, now: datetime) -> datetime:
        """The time as the demonstration has it."""
        return now + timedelta(seconds=float(os.environ[AHEAD]))


@dataclass(frozen=True, slots=True)
class NextDigest:
    """The next window of the daily digest, and the last run before it."""

    window: datetime
    before: UUID | None

    @classmethod
    def foreseen(cls) -> NextDigest:
        """As the triggers stand. Raises CommandError where the digest's is switched off."""
        api.refresh_triggers()
        trigger = _trigger()
        if trigger.next_window is None:
            raise CommandError("The daily digest is switched off; switch it on in the admin.")
        return cls(trigger.next_window, trigger.last_run)

    def environment(self, localhost: Localhost, edition: str) -> dict[str, str]:
        """What the cluster needs in order to have that window soon, and to find feed and webhook."""
        ahead = self.window - LEAD - timezone.now()
        return {
            "NEWSDESK_BROKER": "demo.nine.EarlyBroker",
            AHEAD: str(ahead.total_seconds()),
            "DIGEST_FEED_URL": f"{localhost.feed_url}?edition={edition}-nine",
            "DISCORD_WEBHOOK_URL": localhost.webhook_url,
        }

    def run(self) -> DemoRun | None:
        """The run that the clock has started, once it has."""
        run_id = _trigger().last_run
        if run_id is None or run_id == self.before:
            return None
        return DemoRun("at nine", run_id, f"started by its cron trigger for {self.window:%A %H:%M}")


def _trigger() -> api.TriggerSnapshot:
    name = PostDailyDigest.workflow_name
    return next(t for t in api.list_triggers() if (t.workflow, t.name) == (name, TRIGGER))
