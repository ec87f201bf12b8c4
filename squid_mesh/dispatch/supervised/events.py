"""The events and timers of a supervised cluster: words on the board, with the methods of django-q2's."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, nullcontext
from typing import Final

from squid_mesh.processes import own
from squid_mesh.processes.board import NO_TIMER, Board, Slot

#: Seconds between two looks at the board.
_GLANCE: Final = 0.05


class StopEvent:
    """Set when the cluster was asked to stop. Setting it asks for that."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def is_set(self) -> bool:
        """Return whether the cluster was asked to stop."""
        return self._board.is_stopping

    def set(self) -> None:
        """Ask the cluster to stop."""
        self._board.request_stop()

    def wait(self, seconds: float) -> bool:
        """Wait for the event, at most that long; return whether it is set. The sentinel waits here."""
        until = time.monotonic() + seconds
        while not self.is_set() and time.monotonic() < until:
            own.beat()
            time.sleep(_GLANCE)
        return self.is_set()


class ReadyEvent:
    """Set by the sentinel when it has started all processes."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def is_set(self) -> bool:
        """Return whether all processes were started."""
        return self._board.is_ready

    def set(self) -> None:
        """Record that all processes were started."""
        self._board.set_ready()


class SlotTimer:
    """The timer of a worker's task. The worker sets it, and the sentinel reads it.

    django-q2's sentinel counts it down under a lock. Here the worker writes when it runs out, and nothing is
    locked. The value is 0 when it has run out, else as the worker has set it.
    """

    def __init__(self, slot: Slot) -> None:
        self._slot = slot
        self._slot.set_timer(NO_TIMER, 0.0)

    @property
    def value(self) -> float:
        """Return the value."""
        value, deadline = self._slot.read_timer()
        return 0.0 if value > 0 and time.monotonic() >= deadline else value

    @value.setter
    def value(self, value: float) -> None:
        if own.is_slot(self._slot):  # the sentinel counts down in vain
            self._slot.set_timer(value, time.monotonic() + value if value > 0 else 0.0)

    def get_lock(self) -> AbstractContextManager[None]:
        """Return a lock that locks nothing."""
        return nullcontext()
