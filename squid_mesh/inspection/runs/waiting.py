"""Waiting until a run has finished, with pauses that become longer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final
from uuid import UUID

from squid_mesh.inspection.runs import reading
from squid_mesh.inspection.snapshots.runs import RunSummary
from squid_mesh.lifecycle import FINISHED_RUN

#: Seconds between two reads: at first, by which factor they grow, and at most.
_FIRST: Final = 0.02
_GROWTH: Final = 1.5
_LONGEST: Final = 0.5


def wait_until_finished(
    run_id: UUID,
    seconds: float,
    *,
    sleep: Callable[[float], object] = time.sleep,
    now: Callable[[], float] = time.monotonic,
) -> RunSummary:
    """Return the run once it has finished, or as it is after that many seconds. Raises RunNotFound."""
    until, pause = now() + seconds, _FIRST
    while True:
        run = reading.read_summary(run_id)
        left = until - now()
        if run.status in FINISHED_RUN or left <= 0:
            return run
        sleep(min(pause, left))
        pause = min(pause * _GROWTH, _LONGEST)
