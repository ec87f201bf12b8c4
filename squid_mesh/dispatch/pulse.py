"""What workers and monitor do with deliveries: a pipe of short records, which needs no lock.

A killed process would keep a lock for ever. A record is written to a pipe whole, or not at all.
"""

from __future__ import annotations

import os
import struct
import time
from contextlib import suppress
from enum import Enum
from typing import Final

from squid_mesh.processes.state import State, read_state

_RECORD: Final = struct.Struct("=cxxxI")
#: Seconds after which a worker that still looks for its first step counts as dead or stuck.
_LONGEST_LOOK: Final = 1.0


class Event(Enum):
    """What happened to a delivery.

    A worker started it, looked for its first step, or ended it, or the monitor handled its result.
    """

    STARTED = b"S"
    LOOKED = b"L"
    ENDED = b"E"
    HANDLED = b"H"


class Pulse:
    """The pipe, and what its one reader, the pusher, has read. Created before the cluster forks.

    ``started`` counts the started deliveries.
    """

    def __init__(self) -> None:
        self._reading, self._writing = os.pipe()
        for end in (self._reading, self._writing):
            os.set_blocking(end, False)
        self.started = 0
        self._busy: set[int] = set()
        self._looking_since: dict[int, float] = {}
        self._unstarted_since: float | None = None
        self._unhandled_since: float | None = None

    def record(self, event: Event) -> None:
        """Record the event, unless nothing reads the pipe and it is full."""
        with suppress(BlockingIOError):
            os.write(self._writing, _RECORD.pack(event.value, os.getpid()))

    def note_sent(self) -> None:
        """Note that a delivery was sent to the workers."""
        if self._unstarted_since is None:
            self._unstarted_since = time.monotonic()

    def read(self) -> None:
        """Read what was recorded since the last call."""
        with suppress(BlockingIOError):
            while found := os.read(self._reading, 512 * _RECORD.size):
                for event, pid in _RECORD.iter_unpack(found):
                    self._count(Event(event), pid)

    def _count(self, event: Event, pid: int) -> None:
        match event:
            case Event.STARTED:
                self.started += 1
                self._busy.add(pid)
                self._looking_since[pid] = time.monotonic()
                self._unstarted_since = None
            case Event.LOOKED:
                self._looking_since.pop(pid, None)
            case Event.ENDED:
                self._busy.discard(pid)
                self._looking_since.pop(pid, None)
                if self._unhandled_since is None:
                    self._unhandled_since = time.monotonic()
            case Event.HANDLED:
                self._unhandled_since = None

    def looking(self) -> int:
        """Return how many workers have started a delivery and may be about to claim their first step."""
        recent = time.monotonic() - _LONGEST_LOOK
        self._looking_since = {pid: since for pid, since in self._looking_since.items() if since > recent}
        return len(self._looking_since)

    def unstarted_seconds(self, workers: int) -> float:
        """Return for how long no worker has started a delivery; 0 if none waits, or all workers are busy."""
        self._busy = {pid for pid in self._busy if read_state(pid, 0) is not State.DEAD}
        return 0.0 if len(self._busy) >= workers else _elapsed(self._unstarted_since)

    def unhandled_seconds(self) -> float:
        """Return for how long the monitor has handled no result although there is one; 0 if there is none."""
        return _elapsed(self._unhandled_since)


def _elapsed(since: float | None) -> float:
    return 0.0 if since is None else time.monotonic() - since
