"""A thread that calls functions at their times: it renews leases, or stops steps at their timeouts.

Adding and cancelling takes no lock, because a timeout may interrupt it at any instruction. It wakes the
thread only if the new time comes before the one that the thread waits for.
"""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Final

from squid_mesh.hooks import GuardedLogger

logger = GuardedLogger("squid_mesh.engine")

#: Seconds that the thread sleeps at most while it has something to do later.
_LONGEST_SLEEP: Final = 1.0
#: Seconds until a function that raised is called again.
_AGAIN: Final = 1.0

_starting = threading.Lock()


class Entry:
    """A function and when it is called, on the monotonic clock."""

    __slots__ = ("at", "function")

    def __init__(self, at: float, function: Callable[[], float | None]) -> None:
        self.at = at
        self.function = function


class Timekeeper:
    """The thread, one for each process. It starts with the first entry, and again if it died or after a fork.

    A forked process has none of its parent's entries.
    """

    def __init__(self, name: str, when_idle: Callable[[], None] | None = None) -> None:
        """``when_idle``: called in the thread each time when it has nothing to do later."""
        self._name = name
        self._when_idle = when_idle
        self._pid = 0
        self._thread: threading.Thread | None = None
        self._entries: dict[int, Entry] = {}
        self._wake: SimpleQueue[None] = SimpleQueue()
        self._wakes_at = math.inf

    def call_at(self, at: float, function: Callable[[], float | None]) -> Entry:
        """Call the function at that time. It returns when it is to be called again; None if never."""
        self._ensure_thread()
        entry = Entry(at, function)
        self._entries[id(entry)] = entry
        if at < self._wakes_at:
            self._wake.put(None)
        return entry

    def cancel(self, entry: Entry) -> None:
        """Don't call the entry's function again. A call that has started goes on."""
        self._entries.pop(id(entry), None)

    def _ensure_thread(self) -> None:
        if self._pid == os.getpid() and self._thread is not None and self._thread.is_alive():
            return
        with _starting:
            if self._pid != os.getpid():
                self._pid = os.getpid()
                self._entries, self._wake, self._thread = {}, SimpleQueue(), None
            if self._thread is None or not self._thread.is_alive():
                self._wakes_at = math.inf
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            self._wakes_at = math.inf  # awake: an entry that is added now wakes it once more
            now = time.monotonic()
            for entry in list(self._entries.values()):
                if entry.at <= now:
                    self._call(entry, now)
            if not self._entries and self._when_idle is not None:
                self._when_idle()
            self._wakes_at = min((entry.at for entry in list(self._entries.values())), default=math.inf)
            self._sleep(self._wakes_at - time.monotonic())

    def _sleep(self, seconds: float) -> None:
        if seconds == math.inf:
            self._wake.get()
        elif seconds > 0:
            with suppress(Empty):
                self._wake.get(timeout=min(seconds, _LONGEST_SLEEP))

    def _call(self, entry: Entry, now: float) -> None:
        try:
            at = entry.function()
        except BaseException:  # the thread must go on for the other entries
            logger.exception("The thread %s failed; trying again.", self._name)
            at = now + _AGAIN
        if at is None:
            self.cancel(entry)
        else:
            entry.at = at


def _replace_lock() -> None:
    """Replace the lock: another thread of the parent may have held it during the fork."""
    global _starting  # noqa: PLW0603 - one for the process
    _starting = threading.Lock()


os.register_at_fork(after_in_child=_replace_lock)

#: Calls what must not wait for a database: timeouts.
TIMEOUTS = Timekeeper("squid-mesh-timeout")
