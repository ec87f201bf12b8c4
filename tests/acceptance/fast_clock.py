"""A broker whose cron time is faster than the database's time, and the workflows that it starts.

Only clusters with this broker import the module, so nothing else starts these workflows.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime

from squid_mesh import StepContext, Workflow, cron, step
from squid_mesh.dispatch.broker import Broker
from tests.acceptance.fast_time import BEGIN, LEDGER, virtual
from tests.acceptance.flows import write_line


class FastBroker(Broker):
    """A minute of cron time takes a second."""

    def cron_time(self, now: datetime) -> datetime:
        """Return the cron time at that database time."""
        return virtual(now, datetime.fromisoformat(os.environ[BEGIN]).astimezone(UTC))


def note(ctx: StepContext) -> None:
    """Write the run's scheduled time to the ledger."""
    assert ctx.schedule is not None
    write_line(os.environ[LEDGER], f"{ctx.schedule['trigger']} {ctx.schedule['scheduled_time']}")


class EveryMinute(Workflow):
    """Eight triggers that each fire every minute, in zones whose clocks differ."""

    utc = cron("* * * * *", catch_up="all")
    paris = cron("* * * * *", timezone="Europe/Paris", catch_up="all")
    new_york = cron("* * * * *", timezone="America/New_York", catch_up="all")
    lord_howe = cron("* * * * *", timezone="Australia/Lord_Howe", catch_up="all")
    kathmandu = cron("* * * * *", timezone="Asia/Kathmandu", catch_up="all")
    tokyo = cron("* * * * *", timezone="Asia/Tokyo", catch_up="all")
    lima = cron("* * * * *", timezone="America/Lima", catch_up="all")
    cairo = cron("* * * * *", timezone="Africa/Cairo", catch_up="all")
    only = step(note)


def run_long() -> None:
    """Take longer than the time between two scheduled times."""
    time.sleep(2.5)


class Policies(Workflow):
    """Triggers that fire every minute and differ in how they catch up."""

    every = cron("* * * * *", catch_up="all")
    last = cron("* * * * *", catch_up="latest")
    prompt = cron("* * * * *", catch_up="none")
    only = step(note)


class LongRuns(Workflow):
    """A run that lasts longer than the time between two scheduled times."""

    alone = cron("* * * * *", overlap="skip")
    only = step(run_long)
