"""Times are written in UTC, durations in a unit of which there are at least two."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from squid_mesh.inspection.explain.text.times import duration_text, time_text

NOW = datetime.fromisoformat("2026-03-01T12:00:00+00:00")


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        ("2026-03-01T12:30:05+00:00", "12:30:05 UTC"),
        ("2026-03-01T11:00:01+00:00", "11:00:01 UTC"),
        ("2026-03-01T14:00:05+00:00", "14:00 UTC"),
        ("2026-03-01T14:00:05+02:00", "12:00:05 UTC"),
        ("2026-03-02T03:00:00+00:00", "2026-03-02 03:00 UTC"),
        ("2026-03-01T00:30:00+01:00", "2026-02-28 23:30 UTC"),
    ],
)
def test_a_time_is_written_in_utc_and_short_when_it_is_near(moment: str, text: str) -> None:
    assert time_text(datetime.fromisoformat(moment), NOW) == text


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (timedelta(seconds=-3), "0 seconds"),
        (timedelta(seconds=1), "1 second"),
        (timedelta(seconds=119), "119 seconds"),
        (timedelta(minutes=59, seconds=59.9), "60 minutes"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(hours=2, minutes=59), "3 hours"),
        (timedelta(days=2, hours=13), "3 days"),
    ],
)
def test_a_duration_is_rounded(duration: timedelta, text: str) -> None:
    assert duration_text(duration) == text
