"""Which values are durations."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from squid_mesh.definitions.rules.durations import find_duration_error

CENTURY = 36_525 * 86_400


@pytest.mark.parametrize("value", [1, 0.5, timedelta(seconds=1), timedelta(days=36_525), CENTURY])
def test_a_duration_is_above_0_and_at_most_a_century(value: Any) -> None:
    assert find_duration_error(value) is None


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (0, "is 0 s; use more than 0 s"),
        (-1, "is -1 s; use more than 0 s"),
        (timedelta(0), "is 0 s; use more than 0 s"),
        (CENTURY + 1, "is 3.15576e+09 s, more than a century; use less"),
        (timedelta(days=36_525, seconds=1), "is 3.15576e+09 s, more than a century; use less"),
        (True, "is True; use a number of seconds or a timedelta"),
        ("1", "is '1'; use a number of seconds or a timedelta"),
        (float("nan"), "is nan; use a number of seconds or a timedelta"),
    ],
)
def test_other_values_are_rejected_with_the_reason(value: Any, error: str) -> None:
    assert find_duration_error(value) == error


def test_0_is_allowed_on_request() -> None:
    assert find_duration_error(0, zero=True) is None
    assert find_duration_error(-1, zero=True) == "is -1 s; use 0 s or more"
