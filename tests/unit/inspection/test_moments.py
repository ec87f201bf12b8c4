"""Times in UTC and spans in a unit of which there are some."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from squid_mesh.inspection.explain.text.times import told_at, told_span

NOW = datetime.fromisoformat("2026-03-01T12:00:00+00:00")


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        ("2026-03-01T12:30:05+00:00", "12:30:05 UTC"),
        ("2026-03-01T11:00:01+00:00", "11:00:01 UTC"),
        ("2026-03-01T14:00:05+00:00", "14:00 UTC"),
        ("2026-03-01T14:00:05+02:00", "12:00:05 UTC"),
        ("2026-03-02T03:00:00+00:00", "2026-03-02 03:00 UTC"),
        ("2026-03-01T00:30:00+01:00", "2026-02-28 23:30 UTC"),
    ],
)
def test_a_moment_is_told_in_utc_as_shortly_as_it_can_be_understood(moment: str, told: str) -> None:
    assert told_at(datetime.fromisoformat(moment), NOW) == told


@pytest.mark.parametrize(
    ("span", "told"),
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
def test_a_span_is_rounded(span: timedelta, told: str) -> None:
    assert told_span(span) == told
