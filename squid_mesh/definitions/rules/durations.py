"""Lengths of time as authors write them."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

_CENTURY = 100 * 365.25 * 24 * 3600


def find_duration_error(value: Any, *, zero: bool = False) -> str | None:
    """Why a value is no usable number of seconds, as the end of a sentence, or None when it is one."""
    if isinstance(value, timedelta):
        value = value.total_seconds()
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        return f"is {value!r}; give seconds as a number, or a timedelta"
    if value < 0 or (value == 0 and not zero):
        return f"is {value:g} s; give {'0 or more' if zero else 'more than 0'}"
    if value > _CENTURY:
        return f"is {value:g} s, more than a century; give less"
    return None
