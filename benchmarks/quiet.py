"""Wait for the machine to be quiet before a measurement, for a short while."""

import time
from pathlib import Path

QUIET_SHARE = 0.8
SAMPLE_SECONDS = 0.4
PATIENCE_SECONDS = 60.0
STAT = Path("/proc/stat")


def wait_for_quiet() -> float | None:
    """Return once four fifths of the machine is idle, or patience ends; give the idle share where known."""
    if not STAT.exists():
        time.sleep(SAMPLE_SECONDS)
        return None
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (share := _idle_share()) < QUIET_SHARE and time.monotonic() < deadline:
        pass
    return share


def _idle_share() -> float:
    before = _ticks()
    time.sleep(SAMPLE_SECONDS)
    idle, total = (after - earlier for after, earlier in zip(_ticks(), before, strict=True))
    return idle / total if total else 1.0


def _ticks() -> tuple[int, int]:
    fields = [int(field) for field in STAT.read_text().split("\n", 1)[0].split()[1:9]]
    return fields[3] + fields[4], sum(fields)
