"""Rules about triggers: a clock that fires, in a timezone that exists."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterator
from typing import Any

from croniter import CroniterBadDateError, CroniterError, croniter

from squid_mesh.definitions.draft import Draft
from squid_mesh.definitions.problems import Problem, did_you_mean

_FIELDS = "minute hour day month weekday"
#: H and R draw a random time, another one in each process.
_DRAWN = re.compile(r"(?<![a-z])[hr](?![a-z])", re.IGNORECASE)


def cron_expression_fires(draft: Draft) -> Iterator[Problem]:
    """A cron expression has five fields and fires again and again."""
    for name, declared in draft.triggers.items():
        fault = _cron_fault(declared.cron) if declared.kind == "cron" else None
        if fault:
            text = f"trigger {name!r} has the cron expression {declared.cron!r}, which {fault}"
            yield draft.problem(text, at=declared.location)


def _cron_fault(expression: Any) -> str | None:
    if not isinstance(expression, str):
        return "is no text; write five fields such as '0 9 * * 1-5'"
    if len(expression.split()) != len(_FIELDS.split()):
        return f"doesn't have five fields; write {_FIELDS}"
    if _DRAWN.search(expression):
        return "leaves a time to chance; write numbers instead of H and R"
    try:
        croniter(expression, 0.0).get_next(float)
    except CroniterBadDateError:
        return "never fires; choose a date that exists"
    except (CroniterError, ValueError) as error:
        return f"can't be read ({error}); write five fields: {_FIELDS}"
    return None


def timezone_exists(draft: Draft) -> Iterator[Problem]:
    """A cron trigger's timezone is in the timezone database."""
    for name, declared in draft.triggers.items():
        if declared.kind == "cron" and not _is_timezone(declared.timezone):
            hint = did_you_mean(declared.timezone, zoneinfo.available_timezones())
            text = f"trigger {name!r} has the unknown timezone {declared.timezone!r}{hint}"
            yield draft.problem(f"{text}; write one such as 'Europe/Berlin'", at=declared.location)


def _is_timezone(name: Any) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (KeyError, ValueError, OSError, TypeError, AttributeError):
        return False
    return True
