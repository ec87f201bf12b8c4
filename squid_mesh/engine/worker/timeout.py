"""Stopping a step at its timeout."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from asgiref.sync import async_to_sync

#: A step that swallows the alarm gets it again after so many seconds.
_RING_AGAIN = 1.0


class StepTimeout(BaseException):
    """Raised inside a step at its deadline. No ``except Exception`` of the step's sees it."""


@contextmanager
def deadline(seconds: float | None) -> Iterator[None]:
    """Raise ``StepTimeout`` in the body after so many seconds, again and again until it ends.

    Needs the process's main thread, where django-q2's workers run steps; elsewhere it sets no alarm.
    """
    if seconds is None or threading.current_thread() is not threading.main_thread():
        yield
        return

    rung = over = False

    def ring(_signal: int, _frame: FrameType | None) -> None:
        nonlocal rung
        if not over:
            rung = True
            raise StepTimeout

    before = signal.signal(signal.SIGALRM, ring)
    try:
        try:
            signal.setitimer(signal.ITIMER_REAL, seconds, _RING_AGAIN)
            yield
        except Exception:  # once it has rung, what else the body raises comes of that
            if not rung:
                raise
        finally:  # an alarm may come right here; the outer block then still stops the timer
            over = True
    finally:
        over = True
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    if rung:
        raise StepTimeout  # the body swallowed it and ended all the same


def call_async(
    function: Callable[..., Awaitable[Any]], arguments: dict[str, Any], seconds: float | None
) -> Any:
    """Run a coroutine function to its end, cancelling it after so many seconds.

    Its loop runs in a thread of its own, which no alarm reaches: one that rang here would leave it at work
    beside the next attempt. So the alarm is stopped, and what blocks the loop ends with the worker.

    Raises:
        StepTimeout: the time was over before it ended.
    """

    if seconds is not None and threading.current_thread() is threading.main_thread():
        left, _ = signal.setitimer(signal.ITIMER_REAL, 0)
        seconds = left or seconds

    async def limited() -> Any:
        limit = asyncio.timeout(seconds)
        try:
            async with limit:
                return await function(**arguments)
        except TimeoutError:
            if limit.expired():
                raise StepTimeout from None
            raise

    return async_to_sync(limited)()
