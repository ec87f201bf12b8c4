"""Which scheduled times start a run, by policy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from squid_mesh.definitions.choices import CatchUp
from squid_mesh.definitions.cron import Cron
from squid_mesh.engine.clock.scheduled_times import DueTimes, find_due_times

HOURLY = Cron("0 * * * *", "Etc/UTC")
GRACE = timedelta(seconds=60)


def at(hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 11, 24, hour, minute, second, tzinfo=UTC)


@pytest.mark.parametrize("catch_up", ["none", "latest", "all"])
def test_a_time_that_is_not_late_starts_its_run_with_every_policy(catch_up: CatchUp) -> None:
    found = find_due_times(HOURLY, catch_up, at(9), at(9, 0, 1), GRACE)
    assert found == DueTimes(start=(at(9),), skipped=None, next=at(10))


def test_all_starts_every_missed_time_in_order() -> None:
    found = find_due_times(HOURLY, "all", at(9), at(12, 30), GRACE)
    assert found == DueTimes(start=(at(9), at(10), at(11), at(12)), skipped=None, next=at(13))


def test_all_starts_the_times_of_a_long_outage_in_batches() -> None:
    minutely = Cron("* * * * *", "Etc/UTC")
    found = find_due_times(minutely, "all", at(9), at(12), GRACE)
    assert len(found.start) == 50
    assert found.next == at(9, 50)


def test_latest_starts_the_last_time_and_reports_the_skipped_one() -> None:
    found = find_due_times(HOURLY, "latest", at(9), at(12, 30), GRACE)
    assert found == DueTimes(start=(at(12),), skipped=at(11), next=at(13))


def test_none_starts_nothing_after_the_grace() -> None:
    found = find_due_times(HOURLY, "none", at(9), at(12, 1, 1), GRACE)
    assert found == DueTimes(start=(), skipped=at(12), next=at(13))
    found = find_due_times(HOURLY, "none", at(9), at(12, 1), GRACE)
    assert found == DueTimes(start=(at(12),), skipped=at(11), next=at(13))


@pytest.mark.parametrize("catch_up", ["none", "latest", "all"])
def test_a_time_that_the_expression_no_longer_has_still_starts_its_run(catch_up: CatchUp) -> None:
    found = find_due_times(HOURLY, catch_up, at(9, 30), at(9, 30, 5), GRACE)
    assert found == DueTimes(start=(at(9, 30),), skipped=None, next=at(10))
