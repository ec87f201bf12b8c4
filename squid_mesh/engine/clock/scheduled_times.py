"""Which of a trigger's scheduled times start a run now: a pure function of its policy and the time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final, assert_never

from squid_mesh.definitions.choices import CatchUp
from squid_mesh.definitions.cron import Cron

#: At most this many missed times are caught up in one step; the next step takes the others.
_BATCH: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class DueTimes:
    """``start``: the scheduled times that start a run each, in order. ``skipped``: the last that starts none.

    ``next``: the first scheduled time after these; None if the expression has no more.
    """

    start: tuple[datetime, ...]
    skipped: datetime | None
    next: datetime | None


def find_due_times(
    cron: Cron, catch_up: CatchUp, first: datetime, now: datetime, grace: timedelta
) -> DueTimes:
    """Return what to do about the scheduled times from ``first`` to ``now``; ``first`` is not after ``now``.

    With ``catch_up="none"`` a time counts as missed once ``grace`` has passed.
    """
    match catch_up:
        case "all":
            found = tuple(islice(cron.between(first - timedelta(microseconds=1), now), _BATCH))
            last = found[-1] if found else first
            return DueTimes(start=found or (first,), skipped=None, next=cron.after(last))
        case "latest" | "none":
            latest = cron.latest(since=first, until=now) or first
            following = cron.after(now)
            if catch_up == "none" and now - latest > grace:
                return DueTimes(start=(), skipped=latest, next=following)
            before_latest = latest - timedelta(seconds=1)
            skipped = None if latest == first else cron.latest(since=first, until=before_latest)
            return DueTimes(start=(latest,), skipped=skipped, next=following)
        case _:
            assert_never(catch_up)
