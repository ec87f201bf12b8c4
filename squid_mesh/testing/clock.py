"""Virtual time: one offset for the time of Python and of all databases in this process."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from squid_mesh import conf
from squid_mesh.store.clock import database_time
from squid_mesh.testing.database_time import DatabaseTime
from squid_mesh.testing.errors import VirtualTimeClosed
from squid_mesh.testing.python_time import PythonTime

#: The unit of time on SQLite. Moves are rounded up to it, so that the time is never before the wanted moment.
_TICK: Final = timedelta(milliseconds=1)


class VirtualClock:
    """How far this process's time is ahead of the real time. It flows as fast as the real time."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)
        self.open = 0
        self._times = (DatabaseTime(lambda: self.ahead), PythonTime(lambda: self.ahead))

    def check_open(self) -> None:
        """Raise VirtualTimeClosed if no ``virtual_time()`` is open, which resets the time."""
        if not self.open:
            raise VirtualTimeClosed

    def move_to(self, moment: datetime) -> None:
        """Move the time to that moment, or slightly later. A moment in the past changes nothing.

        Raises:
            VirtualTimeClosed: no ``virtual_time()`` is open, which resets the time.
        """
        self.check_open()
        left = moment - database_time(conf.database())
        if left < timedelta(0):
            return
        self._set(self.ahead + _TICK * (math.ceil(left / _TICK) + 1))

    def put_back(self, ahead: timedelta) -> None:
        """Set how far the time is ahead to an earlier value."""
        self._set(ahead)

    def _set(self, ahead: timedelta) -> None:
        self.ahead = ahead
        for time in self._times:
            if ahead:
                time.move()
            else:
                time.put_back()


CLOCK: Final = VirtualClock()


@contextmanager
def virtual_time() -> Iterator[None]:
    """Allow the time to move in the body, and reset it afterwards.

    The pytest plugin opens it for each test. In a test case of unittest or Django, call
    ``self.enterContext(virtual_time())`` in ``setUp``.
    """
    before = CLOCK.ahead
    CLOCK.open += 1
    try:
        yield
    finally:
        CLOCK.open -= 1
        CLOCK.put_back(before)
