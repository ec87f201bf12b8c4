"""A timer of Linux's kernel that sends a signal to one thread: no Python code has to run until then."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from functools import cache
from typing import Final

_CLOCK_MONOTONIC: Final = 1
_SIGEV_THREAD_ID: Final = 4
#: The layouts below are those of 64-bit Linux.
_IS_KNOWN: Final = sys.platform == "linux" and sys.maxsize > 2**32
#: A timer of 0 seconds would never send its signal.
_SHORTEST: Final = 1e-6


class _Event(ctypes.Structure):
    _fields_ = (
        ("value", ctypes.c_void_p),
        ("number", ctypes.c_int),
        ("notify", ctypes.c_int),
        ("thread", ctypes.c_int),
        ("padding", ctypes.c_char * 44),
    )


class _Times(ctypes.Structure):
    _fields_ = (
        ("interval_seconds", ctypes.c_long),
        ("interval_nanoseconds", ctypes.c_long),
        ("first_seconds", ctypes.c_long),
        ("first_nanoseconds", ctypes.c_long),
    )


class ThreadTimer:
    """Sends a signal to the thread that creates it. A forked process doesn't inherit it."""

    def __init__(self, number: int) -> None:
        """Create a timer that sends the signal of that number.

        Raises:
            OSError: the system has no such timers, or allows no more of them.
        """
        if not _IS_KNOWN:
            raise OSError("no timers for threads on this system")
        self._library = _load_library()
        if not hasattr(self._library, "timer_create"):
            raise OSError("no timers in this system's C library")
        event = _Event(number=number, notify=_SIGEV_THREAD_ID, thread=threading.get_native_id())
        timer = ctypes.c_void_p()
        self._check(self._library.timer_create(_CLOCK_MONOTONIC, ctypes.byref(event), ctypes.byref(timer)))
        self._timer: ctypes.c_void_p | None = timer

    def start(self, seconds: float, interval: float) -> None:
        """Send the signal after that many seconds, and then at intervals."""
        times = _Times(*_split(interval), *_split(max(seconds, _SHORTEST)))
        self._check(self._library.timer_settime(self._timer, 0, ctypes.byref(times), None))

    def end(self) -> None:
        """Delete the timer. A signal that it has sent may still arrive."""
        timer, self._timer = self._timer, None
        if timer is not None:
            self._library.timer_delete(timer)

    def _check(self, result: int) -> None:
        if result != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))


def make_timer(number: int) -> ThreadTimer | None:
    """Return a timer that sends that signal to this thread; None if the system has none."""
    try:
        return ThreadTimer(number)
    except OSError:
        return None


@cache
def _load_library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _split(seconds: float) -> tuple[int, int]:
    whole = int(seconds)
    return whole, int((seconds - whole) * 1_000_000_000)
