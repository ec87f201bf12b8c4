"""Which of a trigger's windows start a run now: a pure function of its policy and the time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from squid_mesh.definitions.cron import Cron

#: So many missed windows are made up at once; the others follow at once after.
_AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """``start``: the windows that each start a run, in order. ``skipped``: the last one that starts none.

    ``next``: the first window that isn't dealt with; None where the expression fires no more.
    """

    start: tuple[datetime, ...]
    skipped: datetime | None
    next: datetime | None


def due_windows(cron: Cron, catch_up: str, first: datetime, now: datetime, grace: timedelta) -> Windows:
    """What to do about the windows from ``first`` up to ``now``, ``first`` included and not after ``now``.

    With ``catch_up="none"`` a window counts as missed once ``grace`` has passed.
    """
    if catch_up == "all":
        found = tuple(islice(cron.between(first - timedelta(microseconds=1), now), _AT_ONCE))
        return Windows(start=found or (first,), skipped=None, next=cron.after(found[-1] if found else first))
    latest = cron.latest(since=first, until=now) or first
    following = cron.after(now)
    if catch_up == "none" and now - latest > grace:
        return Windows(start=(), skipped=latest, next=following)
    passed_over = None if latest == first else cron.latest(since=first, until=latest - timedelta(seconds=1))
    return Windows(start=(latest,), skipped=passed_over, next=following)
