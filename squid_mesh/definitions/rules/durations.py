"""The check of a duration: seconds as a number, or a timedelta."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

_CENTURY = 100 * 365.25 * 24 * 3600


def find_duration_error(value: Any, *, zero: bool = False) -> str | None:
    """Return why a value is not a usable duration, as half a sentence, or None if it is one."""
    if isinstance(value, timedelta):
        value = value.total_seconds()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"is {value!r}; use a number of seconds or a timedelta"
    try:
        value = float(value)
    except OverflowError:
        return "is more than a century; use less" if value > 0 else "is negative; use more than 0 s"
    if math.isnan(value):
        return "is nan; use a number of seconds or a timedelta"
    if value < 0 or (value == 0 and not zero):
        return f"is {value:g} s; use {'0 s or more' if zero else 'more than 0 s'}"
    if value > _CENTURY:
        return f"is {value:g} s, more than a century; use less"
    return None
