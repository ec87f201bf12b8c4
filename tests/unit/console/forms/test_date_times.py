"""Times in forms: unchanged ones stay exact, and none is taken for another."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django import forms
from django.utils import timezone

from squid_mesh.console.forms.date_times import DateTimeField
from squid_mesh.console.forms.json_schema import MISSING


@pytest.fixture(autouse=True)
def berlin() -> Iterator[None]:
    with timezone.override("Europe/Berlin"):
        yield


def field(value: str = "", *, naive: bool = False) -> DateTimeField:
    return DateTimeField(value, naive=naive, required=False)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("2026-07-01T10:00:00+00:00", "2026-07-01T12:00:00"),
        ("2026-07-01T10:00:00.123456+00:00", "2026-07-01T12:00:00.123"),
        ("2026-10-25T00:30:00+00:00", "2026-10-25T02:30:00+02:00"),
        ("2026-10-25T01:30:00+00:00", "2026-10-25T02:30:00+01:00"),
        ("2026-07-01T10:00:00Z", "2026-07-01T12:00:00"),
        ("not a time", "not a time"),
    ],
)
def test_an_unchanged_time_stays_exactly_what_it_was(value: str, shown: str) -> None:
    one = field(value)
    assert one.initial == shown
    assert one.clean(shown) == value


def test_a_time_is_in_the_current_timezone() -> None:
    assert field().clean("2026-07-01T12:00") == "2026-07-01T12:00:00+02:00"
    assert field().clean("2026-12-01T12:00:00.5") == "2026-12-01T12:00:00.500000+01:00"
    assert field().clean("") is MISSING
    assert field().clean("31 February") == "31 February"
    assert field().clean("2026-02-31T10:00") == "2026-02-31T10:00"


def test_a_time_that_occurs_twice_needs_its_offset_and_then_is_the_right_one() -> None:
    one = field()
    with pytest.raises(
        forms.ValidationError, match=r"2026-10-25T02:30:00\+02:00 or 2026-10-25T02:30:00\+01:00"
    ):
        one.clean("2026-10-25T02:30")
    assert 'type="text"' in one.widget.render("x", "2026-10-25T02:30")
    assert field().clean("2026-10-25T02:30:00+01:00") == "2026-10-25T02:30:00+01:00"


def test_a_time_that_the_clocks_skip_is_refused() -> None:
    with pytest.raises(forms.ValidationError, match="the clocks skip it"):
        field().clean("2026-03-29T02:30")


def test_a_time_without_a_timezone_stays_without_one() -> None:
    one = field("2026-07-01T10:00:00", naive=True)
    assert one.initial == "2026-07-01T10:00:00"
    assert one.clean("2026-10-25T02:30") == "2026-10-25T02:30"
    assert one.clean("2026-07-01T10:00:00") == "2026-07-01T10:00:00"


def test_a_browsers_own_input_is_used_where_it_can_show_the_time() -> None:
    assert 'type="datetime-local"' in field().widget.render("x", None)
    assert 'type="text"' in field("2026-10-25T01:30:00Z").widget.render("x", None)
