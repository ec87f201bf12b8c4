"""What a step's code may raise."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from squid_mesh import Defer, RetryLater, StepFailed


def test_a_failure_carries_details() -> None:
    error = StepFailed("no stock", sku="a")
    assert (str(error), error.details) == ("no stock", {"sku": "a"})


def test_retry_later_sets_the_delay() -> None:
    error = RetryLater("busy", seconds=5, code=503)
    assert (str(error), error.seconds, error.details) == ("busy", 5.0, {"code": 503})


def test_defer_adds_its_units() -> None:
    assert Defer(days=1, hours=1, minutes=1, seconds=1).seconds == 90_061


def test_invalid_delays_are_rejected() -> None:
    with pytest.raises(ValueError, match="at least 0"):
        RetryLater(seconds=-1)
    with pytest.raises(ValueError, match="more than 0"):
        Defer()


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), 1e13])
def test_no_delay_is_longer_than_a_century(seconds: float) -> None:
    with pytest.raises(ValueError, match="at most a century"):
        Defer(seconds=seconds)
    with pytest.raises(ValueError, match="at most a century"):
        RetryLater(seconds=seconds)


@pytest.mark.parametrize("value", [None, "1", True, b"x", [], Decimal(1), timedelta(1)])
def test_a_delay_that_is_no_number_is_named(value: Any) -> None:
    for unit in ("days", "hours", "minutes", "seconds"):
        with pytest.raises(TypeError, match=f"Defer: {unit} must be a number, not of type"):
            Defer(**{unit: value})
    with pytest.raises(TypeError, match="RetryLater: seconds must be a number"):
        RetryLater(seconds=value)


def test_a_delay_that_no_float_can_hold_is_too_long() -> None:
    with pytest.raises(ValueError, match="at most a century"):
        Defer(hours=10**400)
