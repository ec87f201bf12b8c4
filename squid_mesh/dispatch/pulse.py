"""Counting what workers and monitor do with deliveries: a pipe of single bytes, which needs no lock.

A killed process would keep a lock for ever. A byte is written to a pipe whole, or not at all.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from enum import Enum


class Event(Enum):
    """What happened to a delivery: a worker started or ended it, or the monitor handled its result."""

    STARTED = b"S"
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
        self._unstarted_since: float | None = None
        self._unhandled_since: float | None = None

    def record(self, event: Event) -> None:
        """Record the event, unless nothing reads the pipe and it is full."""
        with suppress(BlockingIOError):
            os.write(self._writing, event.value)

    def note_sent(self) -> None:
        """Note that a delivery was sent to the workers."""
        if self._unstarted_since is None:
            self._unstarted_since = time.monotonic()

    def read(self) -> None:
        """Read what was recorded since the last call."""
        with suppress(BlockingIOError):
            while found := os.read(self._reading, 4096):
                self._count(found)

    def _count(self, found: bytes) -> None:
        if started := found.count(Event.STARTED.value):
            self.started += started
            self._unstarted_since = None
        if Event.HANDLED.value in found:
            self._unhandled_since = None
        if (
            found.rfind(Event.ENDED.value) > found.rfind(Event.HANDLED.value)
            and self._unhandled_since is None
        ):
            self._unhandled_since = time.monotonic()

    def unstarted_seconds(self) -> float:
        """Return for how long no worker has started any of the deliveries; 0 if none waits."""
        return _elapsed(self._unstarted_since)

    def unhandled_seconds(self) -> float:
        """Return for how long the monitor has handled no result although there is one; 0 if there is none."""
        return _elapsed(self._unhandled_since)


def _elapsed(since: float | None) -> float:
    return 0.0 if since is None else time.monotonic() - since
