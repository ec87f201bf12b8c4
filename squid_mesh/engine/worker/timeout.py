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

from squid_mesh.hooks import Interruption

#: A step that swallows the alarm gets it again after this many seconds.
_REPEAT_SECONDS = 1.0


class StepTimeout(Interruption):
    """Raised inside a step at its timeout. The step's ``except Exception`` doesn't catch it."""


@contextmanager
def enforce_timeout(seconds: float | None) -> Iterator[None]:
    """Raise ``StepTimeout`` in the body after that many seconds, and again every second until it ends.

    Needs the process's main thread, where django-q2's workers execute steps; elsewhere it sets no alarm.
    """
    if seconds is None or threading.current_thread() is not threading.main_thread():
        yield
        return

    raised = ended = False

    def raise_timeout(_signal: int, _frame: FrameType | None) -> None:
        nonlocal raised
        if not ended:
            raised = True
            raise StepTimeout

    before = signal.signal(signal.SIGALRM, raise_timeout)
    try:
        try:
            signal.setitimer(signal.ITIMER_REAL, seconds, _REPEAT_SECONDS)
            yield
        except Exception:  # after the timeout, other errors of the body are caused by it
            if not raised:
                raise
        finally:  # an alarm may come right here; the outer block then still stops the timer
            ended = True
    finally:
        ended = True
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    if raised:
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
