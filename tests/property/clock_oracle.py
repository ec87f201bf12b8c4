"""When a cron expression fires, found naively: every minute is looked at. Nothing is the product's."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
#: No change of the clock in the tests is longer.
LONGEST_SHIFT = timedelta(hours=3)
_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))


def fires(expression: str, zone: ZoneInfo, after: datetime, until: datetime) -> list[datetime]:
    """All moments of UTC after one and up to the other at which the expression fires."""
    fields = [_values(text, low, high) for text, (low, high) in zip(expression.split(), _RANGES, strict=True)]
    every_hour = len(fields[1]) == 24
    found: set[datetime] = set()
    seen: dict[datetime, datetime] = {}
    moment = (after - LONGEST_SHIFT).replace(second=0, microsecond=0)
    before: datetime | None = None
    while moment <= until:
        wall = moment.astimezone(zone).replace(tzinfo=None)
        repeated = wall in seen
        seen[wall] = moment
        if _matches(expression, fields, wall) and (every_hour or not repeated):
            found.add(moment)
        if before is not None and not every_hour:
            left_out = before + MINUTE
            while left_out < wall:
                if _matches(expression, fields, left_out):
                    found.add(moment - MINUTE + (left_out - before))
                left_out += MINUTE
        before, moment = wall, moment + MINUTE
    return sorted(found_at for found_at in found if after < found_at <= until)


def _matches(expression: str, fields: list[set[int]], wall: datetime) -> bool:
    minutes, hours, days, months, weekdays = fields
    day, weekday = wall.day in days, wall.isoweekday() % 7 in weekdays
    _, _, day_text, _, weekday_text = expression.split()
    # Vixie cron: two restricted fields are alternatives; a field that starts with * restricts nothing.
    both_restricted = not day_text.startswith("*") and not weekday_text.startswith("*")
    right_day = (day or weekday) if both_restricted else (day and weekday)
    return wall.minute in minutes and wall.hour in hours and wall.month in months and right_day


def _values(text: str, low: int, high: int) -> set[int]:
    found: set[int] = set()
    for part in text.split(","):
        span, _, every = part.partition("/")
        if span == "*":
            first, last = low, high
        else:
            begin, _, end = span.partition("-")
            first, last = int(begin), int(end or begin)
        found.update(range(first, last + 1, int(every or 1)))
    return found
