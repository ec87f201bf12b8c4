"""The process's alarm, restored after a step whose code has set, replaced or stopped it."""

from __future__ import annotations

import signal
import threading
import time
from dataclasses import dataclass
from typing import Any, Final

#: Seconds by which an alarm may differ from what it was and still be the same one.
_SAME: Final = 0.1


@dataclass(frozen=True, slots=True)
class AlarmState:
    """The handler of SIGALRM, the timer that sends it, and when they were read, on the monotonic clock."""

    handler: Any
    left: float
    interval: float
    at: float

    @classmethod
    def read(cls) -> AlarmState | None:
        """Return what holds now; None in another thread than the main one, where Python sets no handlers."""
        if threading.current_thread() is not threading.main_thread():
            return None
        left, interval = signal.getitimer(signal.ITIMER_REAL)
        return cls(signal.getsignal(signal.SIGALRM), left, interval, time.monotonic())

    def restore(self) -> None:
        """Stop the alarm that a step has left, and set the one that it has replaced or stopped."""
        if not self.left and self._is_unchanged():
            return
        now = AlarmState.read()
        if now is None:
            return
        expected = self.left - (now.at - self.at) if self.left else 0.0
        changed = now.left > 0 if not self.left else expected > 0 and abs(now.left - expected) > _SAME
        if changed:
            signal.setitimer(signal.ITIMER_REAL, 0)
        if self.handler is not None and now.handler is not self.handler:
            signal.signal(signal.SIGALRM, self.handler)
        if changed and self.left:
            signal.setitimer(signal.ITIMER_REAL, expected, self.interval)

    def _is_unchanged(self) -> bool:
        """Return whether there is still no alarm, and the same handler."""
        return (
            signal.getitimer(signal.ITIMER_REAL)[0] == 0 and signal.getsignal(signal.SIGALRM) is self.handler
        )
