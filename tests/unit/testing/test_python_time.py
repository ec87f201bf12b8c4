"""Python's time, moved where the package reads it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from squid_mesh.testing.python_time import MODULES, PythonTime
from squid_mesh.tools.http import response

PACKAGE = Path(__file__).resolve().parents[3] / "squid_mesh"
DAY = timedelta(days=1)
#: Its identifiers contain the time at which they were made; nothing compares that time with another.
IDENTIFIERS = "squid_mesh.models.uuid7"


@pytest.fixture
def moved():
    time = PythonTime(lambda: DAY)
    time.move()
    yield time
    time.put_back()


def test_a_reference_to_djangos_now_shows_the_moved_time(moved: PythonTime) -> None:
    default = timezone.now  # as the default of a model's field keeps it
    assert abs(default() - datetime.now(UTC) - DAY) < timedelta(minutes=1)
    moved.put_back()
    assert abs(default() - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_moved_time_is_an_ordinary_datetime_in_the_zone_that_was_asked_for(moved: PythonTime) -> None:
    oslo = ZoneInfo("Europe/Oslo")
    now = timezone.localtime(timezone=oslo)
    assert type(now) is datetime
    assert now.tzinfo is oslo
    assert timezone.localtime(now, UTC) == now


def test_the_module_that_must_not_import_django_reads_the_moved_time(moved: PythonTime) -> None:
    assert abs(vars(response)["datetime"].now(UTC) - datetime.now(UTC) - DAY) < timedelta(minutes=1)


def test_moving_twice_is_put_back_once(moved: PythonTime) -> None:
    moved.move()
    moved.put_back()
    assert vars(timezone)["datetime"] is datetime


def test_an_ordinary_datetime_is_one_for_the_moved_modules(moved: PythonTime) -> None:
    assert isinstance(datetime(2026, 1, 1, tzinfo=UTC), vars(timezone)["datetime"])


def test_every_module_that_reads_the_time_is_moved() -> None:
    readers = {
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        for path in PACKAGE.rglob("*.py")
        if re.search(r"datetime\.(now|today|utcnow)\(|date\.today\(|\btime\.time(_ns)?\(", path.read_text())
    }
    kit = {name for name in readers if name.startswith("squid_mesh.testing.")}
    assert readers - kit == {*MODULES, IDENTIFIERS} - {"django.utils.timezone"}
