"""Cron expressions around clock changes."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from squid_mesh.definitions.cron import Cron, find_expression_error, find_timezone_error

PARIS, NEW_YORK, LORD_HOWE = "Europe/Paris", "America/New_York", "Australia/Lord_Howe"

#: Zone, expression, the local start time, and the UTC times that follow.
FORWARD = [
    # Paris goes from 02:00 to 03:00 on 29 March: 01:00 UTC.
    (PARIS, "30 2 * * *", "2026-03-28 12:00", ["03-29 01:30", "03-30 00:30"]),
    (PARIS, "0,30 2 * * *", "2026-03-28 12:00", ["03-29 01:00", "03-29 01:30", "03-30 00:00"]),
    (PARIS, "0 3 * * *", "2026-03-28 12:00", ["03-29 01:00", "03-30 01:00"]),
    (PARIS, "0 2,3 * * *", "2026-03-28 12:00", ["03-29 01:00", "03-30 00:00", "03-30 01:00"]),
    (PARIS, "0 * * * *", "2026-03-29 00:30", ["03-29 00:00", "03-29 01:00", "03-29 02:00"]),
    (PARIS, "*/30 * * * *", "2026-03-29 01:00", ["03-29 00:30", "03-29 01:00", "03-29 01:30"]),
    # New York goes from 02:00 to 03:00 on 8 March: 07:00 UTC.
    (NEW_YORK, "30 2 * * *", "2026-03-07 12:00", ["03-08 07:30", "03-09 06:30"]),
    (NEW_YORK, "15 * * * *", "2026-03-08 01:00", ["03-08 06:15", "03-08 07:15", "03-08 08:15"]),
    # Lord Howe goes from 02:00 to 02:30 on 4 October: 15:30 UTC on the 3rd.
    (LORD_HOWE, "15 2 * * *", "2026-10-03 12:00", ["10-03 15:45", "10-04 15:15"]),
    (LORD_HOWE, "45 2 * * *", "2026-10-03 12:00", ["10-03 15:45", "10-04 15:45"]),
    (LORD_HOWE, "15 * * * *", "2026-10-04 01:00", ["10-03 14:45", "10-03 16:15", "10-03 17:15"]),
]
BACK = [
    # Paris goes from 03:00 to 02:00 on 25 October: 01:00 UTC.
    (PARIS, "30 2 * * *", "2026-10-24 12:00", ["10-25 00:30", "10-26 01:30"]),
    (PARIS, "0 3 * * *", "2026-10-24 12:00", ["10-25 02:00", "10-26 02:00"]),
    (PARIS, "0 * * * *", "2026-10-25 01:30", ["10-25 00:00", "10-25 01:00", "10-25 02:00"]),
    (PARIS, "*/30 * * * *", "2026-10-25 02:00", ["10-25 00:30", "10-25 01:00", "10-25 01:30", "10-25 02:00"]),
    # New York goes from 02:00 to 01:00 on 1 November: 06:00 UTC.
    (NEW_YORK, "30 1 * * *", "2026-10-31 12:00", ["11-01 05:30", "11-02 06:30"]),
    (NEW_YORK, "30 * * * *", "2026-11-01 01:00", ["11-01 05:30", "11-01 06:30", "11-01 07:30"]),
    # Lord Howe goes from 02:00 to 01:30 on 5 April: 15:00 UTC on the 4th.
    (LORD_HOWE, "45 1 * * *", "2026-04-04 12:00", ["04-04 14:45", "04-05 15:15"]),
    (LORD_HOWE, "45 * * * *", "2026-04-05 01:00", ["04-04 14:45", "04-04 15:15", "04-04 16:15"]),
]


@pytest.mark.parametrize(("zone", "expression", "begin", "expected"), FORWARD)
def test_a_missing_time_fires_later_once(zone: str, expression: str, begin: str, expected: list[str]) -> None:
    assert fires(zone, expression, begin, len(expected)) == expected


@pytest.mark.parametrize(("zone", "expression", "begin", "expected"), BACK)
def test_a_repeated_time_fires_once_unless_every_hour_fires(
    zone: str, expression: str, begin: str, expected: list[str]
) -> None:
    assert fires(zone, expression, begin, len(expected)) == expected


def test_a_missing_day_fires_once() -> None:
    # Samoa had no 30 December 2011.
    assert fires("Pacific/Apia", "0 12 * * *", "2011-12-29 00:00", 3) == [
        "12-29 22:00",
        "12-30 22:00",
        "12-31 22:00",
    ]


def test_a_time_between_minutes_starts_with_the_next_scheduled_time() -> None:
    at = datetime(2026, 11, 24, 9, 0, 0, 1, tzinfo=UTC)
    assert Cron("0 9 * * *", "Etc/UTC").after(at) == datetime(2026, 11, 25, 9, tzinfo=UTC)


def test_a_rare_date_is_found_far_back() -> None:
    leap = Cron("0 0 29 2 *", "Etc/UTC")
    begin, now = datetime(2016, 3, 1, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC)
    assert leap.latest(since=begin, until=now) == datetime(2024, 2, 29, tzinfo=UTC)
    assert leap.latest(since=datetime(2025, 1, 1, tzinfo=UTC), until=now) is None


def fires(zone: str, expression: str, begin: str, count: int) -> list[str]:
    after = datetime.fromisoformat(begin).replace(tzinfo=ZoneInfo(zone))
    found = islice(Cron(expression, zone).fires(after), count)
    return [f"{moment:%m-%d %H:%M}" for moment in found]


@pytest.mark.parametrize(
    "expression", ["0 0 1 * 2#1", "0 0 */2 * mon#1", "0 0 31 * L1", "0 0 15W * 2", "0 0 1w * */2"]
)
def test_a_weekday_of_a_month_cant_be_combined_with_another_day(expression: str) -> None:
    # croniter would fire on one of the two fields only.
    assert "use two triggers" in str(find_expression_error(expression))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 0 * * 2#1", ["2026-01-06", "2026-02-03"]),
        ("0 0 ? * L5", ["2026-01-30", "2026-02-27"]),
        ("0 0 15W * ?", ["2026-01-15", "2026-02-16"]),
        ("0 0 L * 2", ["2026-01-06", "2026-01-13"]),
        ("0 0 ? 1 sun-tue", ["2026-01-04", "2026-01-05"]),
        ("0 0 29 2 *", ["2028-02-29", "2032-02-29"]),
        ("0 0 * * 5-7", ["2026-01-02", "2026-01-03"]),
    ],
)
def test_names_and_letters_of_day_fields(expression: str, expected: list[str]) -> None:
    begin = datetime(2026, 1, 1, 12, tzinfo=UTC)
    found = [moment.date().isoformat() for moment in islice(Cron(expression, "UTC").fires(begin), 2)]
    assert found == expected


@pytest.mark.parametrize(
    "name", ["localtime", "posixrules", "right/UTC", "posix/UTC", "utc", "", None, 7, b"UTC"]
)
def test_a_timezone_that_differs_between_machines_is_rejected(name: object) -> None:
    assert "write one such as" in str(find_timezone_error(name))
