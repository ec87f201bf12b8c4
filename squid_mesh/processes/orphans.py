"""Killing adopted processes: programs of steps that left their worker's process group and outlived it."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from squid_mesh.processes.reap import reap_adopted

_LAST: Final = 2.0


def kill_children() -> None:
    """Kill all children of this process, then those that it adopts from them. Needs Linux's /proc."""
    until = time.monotonic() + _LAST
    while (children := _list_children()) and time.monotonic() < until:
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        reap_adopted()
        time.sleep(0.01)


def _list_children() -> list[int]:
    path = Path("/proc") / str(os.getpid()) / "task" / str(os.getpid()) / "children"
    try:
        return [int(pid) for pid in path.read_text().split()]
    except OSError:
        return []
