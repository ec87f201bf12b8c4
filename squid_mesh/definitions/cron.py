"""When a cron expression fires: wall-clock times of a timezone, as moments in UTC, across clock changes."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import takewhile
from typing import Any, Final
from zoneinfo import ZoneInfo

from croniter import CroniterBadDateError, CroniterError, croniter

from squid_mesh.definitions.problems import did_you_mean

_FIELDS: Final = "minute hour day month weekday"
#: A range from a value to itself, which croniter takes for every value there is.
_POINT: Final = re.compile(r"\b(\w+)-\1\b")
#: H and R draw a random time, another one in each process.
_DRAWN: Final = re.compile(r"(?<![a-z])[hr](?![a-z])", re.IGNORECASE)
#: So near to a change of the clock, wall-clock order and the order of moments may differ.
_UNSTEADY: Final = timedelta(hours=3)
_HOURS: Final = 24


@dataclass(frozen=True, slots=True)
class Cron:
    """A five-field expression in its own timezone. Moments that come in and go out are aware.

    An expression that names hours fires once for each of its wall-clock times: in the first pass of an hour
    that is repeated, and as much later as the clock is put forward where its time is left out. One that fires
    in every hour goes by the hours that pass: in both passes, and in none that is left out.
    """

    expression: str
    timezone: str

    def fires(self, after: datetime) -> Iterator[datetime]:
        """Every moment after that one, in order; without end, unless the expression's dates end."""
        zone, every_hour = ZoneInfo(self.timezone), self._fires_in_every_hour()
        begin = after if _steady(after, zone) else after - _UNSTEADY
        wall = begin.astimezone(zone).replace(tzinfo=None)
        ahead: list[datetime] = []
        last = after.astimezone(UTC)
        for next_wall in croniter(self.expression, wall).all_next(datetime):
            for moment in _moments(next_wall, zone, every_hour=every_hour):
                heappush(ahead, moment)
            if not ahead or not _steady(max(ahead), zone):
                continue
            while ahead:
                moment = heappop(ahead)
                if moment > last:
                    yield moment
                    last = moment

    def after(self, moment: datetime) -> datetime | None:
        """The first moment after that one; None where there is none for decades."""
        return next(self.fires(moment), None)

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """The moments after one and up to the other, that included."""
        return takewhile(lambda moment: moment <= until, self.fires(after))

    def latest(self, *, since: datetime, until: datetime) -> datetime | None:
        """The last moment from ``since`` up to ``until``, both included, without visiting all of them."""
        span, before = timedelta(hours=1), since - timedelta(microseconds=1)
        while True:
            begin = max(before, until - span)
            found = list(self.between(begin, until))
            if found or begin == before:
                return found[-1] if found else None
            span *= _HOURS

    def find_error(self) -> str | None:
        """Why it can't fire on this machine, in a sentence; None where it can."""
        if fault := find_expression_error(self.expression):
            return f"The expression {self.expression!r} {fault}."
        if hint := find_timezone_error(self.timezone):
            return f"There is no timezone {self.timezone!r} here{hint}."
        return None

    def _fires_in_every_hour(self) -> bool:
        hours = croniter.expand(self.expression)[0][1]
        return hours == ["*"] or len(set(hours)) == _HOURS


def _moments(wall: datetime, zone: ZoneInfo, *, every_hour: bool) -> tuple[datetime, ...]:
    """The moments at which that wall-clock time comes: none, one or two."""
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first.astimezone(zone).replace(tzinfo=None) != wall:  # the clock is put forward over it
        return () if every_hour else (first,)
    return (first, second) if every_hour and second != first else (first,)


def _steady(moment: datetime, zone: ZoneInfo) -> bool:
    """Whether the clock isn't changed near that moment."""
    around = (moment - _UNSTEADY, moment, moment + _UNSTEADY)
    return len({near.astimezone(zone).utcoffset() for near in around}) == 1


def find_expression_error(expression: Any) -> str | None:
    """What keeps it from being a cron expression of ours, as half a sentence; None where it is one."""
    if not isinstance(expression, str):
        return "is no text; write five fields such as '0 9 * * 1-5'"
    if len(expression.split()) != len(_FIELDS.split()):
        return f"doesn't have five fields; write {_FIELDS}"
    if point := _POINT.search(expression):
        return f"has the range {point[0]} from a value to itself; write {point[1]}"
    if _DRAWN.search(expression):
        return "leaves a time to chance; write numbers instead of H and R"
    try:
        croniter(expression, 0.0).get_next(float)
    except CroniterBadDateError:
        return "never fires; choose a date that exists"
    except (CroniterError, ValueError) as error:
        return f"can't be read ({error}); write five fields: {_FIELDS}"
    return None


def find_timezone_error(name: Any) -> str | None:
    """How to mend the name of a timezone, as half a sentence; None where it needs no mending."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError, TypeError, AttributeError):
        return f"{did_you_mean(name, zoneinfo.available_timezones())}; write one such as 'Europe/Berlin'"
    return None
