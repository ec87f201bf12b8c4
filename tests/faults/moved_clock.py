"""The tests' ``manage.py`` on a host whose clock is wrong by ``SQUID_MESH_TEST_CLOCK_OFF`` seconds.

Only the time of day is moved, as on such a host, and not the monotonic clock. Processes that it forks have
the same clock.
"""

from __future__ import annotations

import ctypes
import gc
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

VARIABLE = "SQUID_MESH_TEST_CLOCK_OFF"

_time, _time_ns, _now = time.time, time.time_ns, datetime.now


class _BrokenDown:
    """A function of ``time`` that takes the current time by default. A class may have it as an attribute."""

    def __init__(self, read: Callable[[float], time.struct_time]) -> None:
        self._read = read

    def __call__(self, seconds: Any = None, /) -> time.struct_time:
        return self._read(time.time() if seconds is None else seconds)


def move_clock(seconds: float) -> None:
    """Let everything in this process that reads the time of day see it moved by that many seconds."""
    offset = timedelta(seconds=seconds)

    def now(kind: type[datetime], tz: tzinfo | None = None) -> datetime:
        moved = _now(UTC) + offset
        return moved.astimezone(tz) if tz is not None else moved.astimezone().replace(tzinfo=None)

    time.time = lambda: _time() + seconds
    time.time_ns = lambda: _time_ns() + int(seconds * 1_000_000_000)
    time.gmtime, time.localtime = _BrokenDown(time.gmtime), _BrokenDown(time.localtime)
    # The class itself, because modules import it by name. Python lets no one set its attributes.
    (attributes,) = gc.get_referents(datetime.__dict__)
    attributes["now"] = classmethod(now)
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(datetime))


if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[2])
    move_clock(float(os.environ[VARIABLE]))
    from tests.manage import main

    main()
