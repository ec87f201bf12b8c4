"""The state of a process: running, stopped, dead. From ``/proc`` on Linux; elsewhere only alive or dead."""

from __future__ import annotations

import os
from enum import Enum
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
#: Whether this system shows the states of processes in /proc as Linux does.
HAS_PROC: Final = (_PROC / "self" / "stat").exists()


class State(Enum):
    """``STOPPED``: by SIGSTOP or a terminal. A process in a debugger counts as running."""

    RUNNING = "running"
    STOPPED = "stopped"
    DEAD = "dead"


def start_time(pid: int | None = None) -> int:
    """Return when the process (by default this one) started, in the system's unit; 0 if that is unknown."""
    fields = _read(os.getpid() if pid is None else pid) if HAS_PROC else None
    return 0 if fields is None else int(fields[19])


def read_state(pid: int, started: int) -> State:
    """Return the state of the process that started at that time. Its number may belong to another by now."""
    if not HAS_PROC:
        return State.RUNNING if _exists(pid) else State.DEAD
    fields = _read(pid)
    if fields is None or (started and int(fields[19]) != started) or fields[0] in "ZXx":
        return State.DEAD
    return State.STOPPED if fields[0] == "T" else State.RUNNING


def _read(pid: int) -> list[str] | None:
    """Return the fields of ``/proc/<pid>/stat`` from the third on. The second may contain anything."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    return text[text.rindex(")") + 2 :].split()


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
