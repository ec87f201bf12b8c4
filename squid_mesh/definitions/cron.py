"""The times at which a cron expression fires: wall-clock times of a timezone, converted to UTC."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from heapq import heappop, heappush
from itertools import takewhile
from typing import Any, Final
from zoneinfo import ZoneInfo

from croniter import CroniterBadDateError, CroniterError, croniter

from squid_mesh.definitions.problems import did_you_mean

_FIELDS: Final = "minute hour day month weekday"
#: A range from a value to itself. croniter reads it as every value.
_POINT: Final = re.compile(r"\b(\w+)-\1\b")
#: H and R stand for a random time, different in each process.
_DRAWN: Final = re.compile(r"(?<![a-z])[hr](?![a-z])", re.IGNORECASE)
#: One day of a month by its weekday: ``1#2``, ``L5``, ``15W``. croniter then ignores the other day field.
_NTH_WEEKDAY: Final = re.compile(r"#|l", re.IGNORECASE)
_NEAREST_WEEKDAY: Final = re.compile(r"w", re.IGNORECASE)
_ANY_DAY: Final = ("*", "?")
#: Timezones that each machine sets for its own.
_OF_THE_MACHINE: Final = {"localtime", "posixrules", "Factory"}
#: This close to a clock change, the order of wall-clock times and of UTC times may differ.
_NEAR_CLOCK_CHANGE: Final = timedelta(hours=3)
_HOURS: Final = 24
#: As in Vixie cron: two restricted day fields are alternatives, a day field that starts with ``*`` is not.
_VIXIE: Final[dict[str, Any]] = {"implement_cron_bug": True}


@dataclass(frozen=True, slots=True)
class Cron:
    """A five-field expression in its own timezone. All datetimes are aware.

    An expression that names hours fires once for each of its wall-clock times. When the clock is set back, it
    fires in the first of the two equal hours. When the clock is set forward over the time, it fires later by
    the same amount. An expression that fires in every hour fires in both equal hours, and in no missing one.

    A day matches if the day of the month or the weekday matches. If one of the two fields starts with ``*``,
    as in ``*/2``, both must.
    """

    expression: str
    timezone: str

    def fires(self, after: datetime) -> Iterator[datetime]:
        """Yield every fire time after that one, in order, without end."""
        zone, every_hour = ZoneInfo(self.timezone), self._fires_in_every_hour()
        begin = after if _is_steady(after, zone) else after - _NEAR_CLOCK_CHANGE
        wall = begin.astimezone(zone).replace(tzinfo=None)
        ahead: list[datetime] = []
        last = after.astimezone(UTC)
        for next_wall in croniter(self.expression, wall, **_VIXIE).all_next(datetime):
            for moment in _to_utc(next_wall, zone, every_hour=every_hour):
                heappush(ahead, moment)
            if not ahead or not _is_steady(max(ahead), zone):
                continue
            while ahead:
                moment = heappop(ahead)
                if moment > last:
                    yield moment
                    last = moment

    def after(self, moment: datetime) -> datetime | None:
        """Return the first fire time after that one, or None if there is none for decades."""
        return next(self.fires(moment), None)

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Yield the fire times after ``after``, up to and including ``until``."""
        return takewhile(lambda moment: moment <= until, self.fires(after))

    def latest(self, *, since: datetime, until: datetime) -> datetime | None:
        """Return the last fire time from ``since`` to ``until``, both included, without visiting all."""
        duration, before = timedelta(hours=1), since - timedelta(microseconds=1)
        while True:
            begin = max(before, until - duration)
            found = list(self.between(begin, until))
            if found or begin == before:
                return found[-1] if found else None
            duration *= _HOURS

    def find_error(self) -> str | None:
        """Return why it can't fire on this machine, as a sentence, or None if it can."""
        if error := find_expression_error(self.expression):
            return f"The expression {self.expression!r} {error}."
        if hint := find_timezone_error(self.timezone):
            return f"The timezone {self.timezone!r} doesn't exist on this machine{hint}."
        return None

    def _fires_in_every_hour(self) -> bool:
        hours = croniter.expand(self.expression)[0][1]
        return hours == ["*"] or len(set(hours)) == _HOURS


def _to_utc(wall: datetime, zone: ZoneInfo, *, every_hour: bool) -> tuple[datetime, ...]:
    """Return the UTC times of that wall-clock time: none, one or two."""
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first.astimezone(zone).replace(tzinfo=None) != wall:  # the clock is set forward over it
        return () if every_hour else (first,)
    return (first, second) if every_hour and second != first else (first,)


def _is_steady(moment: datetime, zone: ZoneInfo) -> bool:
    """Whether the clock doesn't change near that time."""
    around = (moment - _NEAR_CLOCK_CHANGE, moment, moment + _NEAR_CLOCK_CHANGE)
    return len({near.astimezone(zone).utcoffset() for near in around}) == 1


def find_expression_error(expression: Any) -> str | None:
    """Return why this is not a valid cron expression, as half a sentence, or None if it is one."""
    if not isinstance(expression, str):
        return "is not a string; write five fields such as '0 9 * * 1-5'"
    if len(expression.split()) != len(_FIELDS.split()):
        return f"doesn't have five fields; write {_FIELDS}"
    if point := _POINT.search(expression):
        return f"contains the range {point[0]}, which is one value; write {point[1]}"
    if _DRAWN.search(expression):
        return "contains a random time; write numbers instead of H and R"
    _, _, day, _, weekday = expression.split()
    if _NTH_WEEKDAY.search(weekday) and day not in _ANY_DAY:
        return f"combines {weekday} with a day of the month; write * there, or use two triggers"
    if _NEAREST_WEEKDAY.search(day) and weekday not in _ANY_DAY:
        return f"combines {day} with a weekday; write * there, or use two triggers"
    try:
        croniter(expression, 0.0, **_VIXIE).get_next(float)
    except CroniterBadDateError:
        return "never fires; choose a date that exists"
    except (CroniterError, ValueError) as error:
        return f"can't be parsed ({error}); write five fields: {_FIELDS}"
    return None


def find_timezone_error(name: Any) -> str | None:
    """Return how to fix the name of a timezone, as half a sentence, or None if the timezone exists."""
    known = _list_timezones()
    if isinstance(name, str) and name in known:
        return None
    return f"{did_you_mean(name, known)}; write one such as 'Europe/Berlin'"


@lru_cache(maxsize=1)
def _list_timezones() -> frozenset[str]:
    """Return the names that mean the same on every machine: clusters share their triggers' times."""
    return frozenset(zoneinfo.available_timezones() - _OF_THE_MACHINE)
