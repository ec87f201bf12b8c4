"""Stopping a step at its timeout."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import FrameType
from typing import Any, Final

from asgiref.sync import async_to_sync

from squid_mesh.engine.worker.guards.forks import end_forks
from squid_mesh.engine.worker.guards.timekeeper import TIMEOUTS, Entry
from squid_mesh.hooks import Interruption
from squid_mesh.processes.thread_timer import ThreadTimer, make_timer

#: A step that swallows the alarm gets it again after this many seconds.
_REPEAT_SECONDS: Final = 1.0
#: Not SIGALRM, which steps and their libraries use themselves. Systems ignore this one by default, so one
#: that comes too late does no harm.
ALARM: Final = signal.SIGURG


class StepTimeout(Interruption):
    """Raised inside a step at its timeout. The step's ``except Exception`` doesn't catch it."""


class _Alarm:
    """The alarm of one step: the main thread gets a signal, and its handler raises.

    On Linux the kernel sends it, also while C code keeps the interpreter's lock: it interrupts calls of the
    system. Elsewhere a thread sends it.
    """

    def __init__(self, seconds: float) -> None:
        self.at = time.monotonic() + seconds
        self.raised = False
        self.ended = False
        self._timer: ThreadTimer | None = None
        self._entry: Entry | None = None

    def set(self) -> None:
        """Send the signal at the timeout, and again every second."""
        self._timer = make_timer(ALARM)
        if self._timer is not None:
            self._timer.start(self.at - time.monotonic(), _REPEAT_SECONDS)
        else:
            self._entry = TIMEOUTS.call_at(self.at, self._send)

    def stop(self) -> None:
        """Send no signal any more, and raise nothing."""
        self.ended = True
        if self._timer is not None:
            self._timer.end()
        if self._entry is not None:
            TIMEOUTS.cancel(self._entry)

    def handle(self, _signal: int, _frame: FrameType | None) -> None:
        """Raise, unless the signal is of another origin, or comes too late."""
        if not self.ended and time.monotonic() >= self.at:
            self.raised = True
            raise StepTimeout

    def _send(self) -> float | None:
        main = threading.main_thread().ident
        if self.ended or main is None:
            return None
        signal.pthread_kill(main, ALARM)
        return time.monotonic() + _REPEAT_SECONDS


#: The alarm of the step that the main thread executes.
_current: _Alarm | None = None


def enforce_timeout(seconds: float | None) -> AbstractContextManager[None]:
    """Raise ``StepTimeout`` in the body after that many seconds, and again every second until it ends.

    Needs the process's main thread, where django-q2's workers execute steps; elsewhere it sets no alarm.
    """
    if seconds is None or threading.current_thread() is not threading.main_thread():
        return nullcontext()
    return _enforce(seconds)


@contextmanager
def _enforce(seconds: float) -> Iterator[None]:
    global _current  # noqa: PLW0603 - the main thread alone writes it
    alarm, outer = _Alarm(seconds), _current
    before = signal.signal(ALARM, alarm.handle)
    try:
        try:
            _current = alarm
            alarm.set()
            yield
        except Exception:  # after the timeout, other errors of the body are caused by it
            if not alarm.raised:
                raise
        finally:  # the alarm may come right here; the outer block then still stops it
            alarm.ended = True
    finally:
        alarm.stop()
        _current = outer
        signal.signal(ALARM, signal.SIG_DFL if before is None else before)
    if alarm.raised:
        raise StepTimeout  # the body caught it and returned


def call_async(
    function: Callable[..., Awaitable[Any]], arguments: dict[str, Any], seconds: float | None
) -> Any:
    """Run a coroutine function to its end, and cancel it after that many seconds.

    Its event loop runs in a thread of its own, which no alarm reaches: an alarm in the main thread would
    leave the loop running beside the next attempt. So the alarm is stopped here, and code that blocks the
    loop ends with the worker.

    Raises:
        StepTimeout: the time was up before it ended.
    """
    alarm = _current
    if seconds is not None and alarm is not None and threading.current_thread() is threading.main_thread():
        alarm.stop()
        seconds = max(0.0, alarm.at - time.monotonic())

    async def limited() -> Any:
        limit = asyncio.timeout(seconds)
        try:
            async with limit:
                with end_forks():
                    return await function(**arguments)
        except TimeoutError:
            if limit.expired():
                raise StepTimeout from None
            raise

    return async_to_sync(limited)()
