"""The ledger of a campaign: a file outside of the database in which each step records what really happened.

A line is appended by one write and synchronised to the disk before the step goes on. Times are of the
monotonic clock, which all processes of the machine share.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

#: Run, step, visit, attempt.
Key = tuple[str, str, int, int]
BEGIN, END = "begin", "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line. ``clock`` and ``calendar`` are what the host's clock shows, in seconds since 1970."""

    what: str
    run: str
    step: str
    visit: int
    attempt: int
    pid: int
    at: float
    clock: float
    calendar: float

    @property
    def key(self) -> Key:
        """Return the execution that the line belongs to."""
        return self.run, self.step, self.visit, self.attempt


def append(path: str, what: str, key: Key) -> None:
    """Append a line about this process, and wait until it is on the disk."""
    run, step, visit, attempt = key
    line = Line(
        what=what,
        run=run,
        step=step,
        visit=visit,
        attempt=attempt,
        pid=os.getpid(),
        at=time.monotonic(),
        clock=time.time(),
        calendar=datetime.now(UTC).timestamp(),
    )
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, f"{json.dumps(asdict(line))}\n".encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """An execution of a step's code. ``end`` is None if there is no such line: it runs, or it was killed."""

    key: Key
    pid: int
    begin: float
    end: float | None


def read_executions(lines: Iterable[Line]) -> Mapping[Key, Execution]:
    """Return the executions, in the order of their first lines. Of a second beginning nothing is seen."""
    found: dict[Key, Execution] = {}
    for line in lines:
        before = found.get(line.key)
        if line.what == BEGIN and before is None:
            found[line.key] = Execution(key=line.key, pid=line.pid, begin=line.at, end=None)
        elif line.what == END and before is not None:
            found[line.key] = Execution(key=line.key, pid=before.pid, begin=before.begin, end=line.at)
    return found


class Ledger:
    """Reads the file while processes append to it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: list[Line] = []
        self._open: dict[int, Line] = {}
        self._ended: dict[Key, Line] = {}
        self._offset = 0

    def read(self) -> list[Line]:
        """Return the lines that are new since the last call."""
        if not self.path.exists():
            return []
        with self.path.open("rb") as file:
            file.seek(self._offset)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._offset += len(whole)
        new = [Line(**json.loads(text)) for text in whole.splitlines()]
        self.lines += new
        for line in new:
            if line.what == BEGIN:
                self._open[line.pid] = line
            else:
                self._open.pop(line.pid, None)
                self._ended[line.key] = line
        return new

    def open_line(self, pid: int) -> Line | None:
        """Return the beginning of the step that the process is inside, by the lines read so far."""
        return self._open.get(pid)

    def open_pids(self) -> list[int]:
        """Return the processes that are inside a step, by the lines read so far."""
        return list(self._open)

    def end_line(self, key: Key) -> Line | None:
        """Return the end of that execution, by the lines read so far."""
        return self._ended.get(key)

    def has_started(self, key: Key) -> bool:
        """Return whether that execution has started, by the lines read so far."""
        return any(line.key == key for line in self.lines)
