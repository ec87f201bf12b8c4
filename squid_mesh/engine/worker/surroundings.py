"""What a step's code may change around itself, restored after it.

The active language and time zone, the working directory, the process's alarm, and the time zone of
PostgreSQL connections.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from django.db import connections
from django.utils import timezone, translation

from squid_mesh.hooks import Guard, call_or

#: Seconds by which an alarm may differ from what it was and still be the same one.
_SAME: Final = 0.1


@dataclass(frozen=True, slots=True)
class _AlarmState:
    """The handler of SIGALRM, the timer that sends it, and when they were read, on the monotonic clock."""

    handler: Any
    left: float
    interval: float
    at: float


@contextmanager
def restored_surroundings() -> Iterator[None]:
    """Restore the active language and time zone, the working directory and the alarm after the body.

    The next step of this process may belong to another run.
    """
    alarm = _read_alarm()
    language, zone = translation.get_language(), timezone.get_current_timezone()
    folder = call_or(None, os.getcwd)
    try:
        yield
    finally:
        if alarm is not None:
            _restore_alarm(alarm)
        with Guard("the language, time zone or working directory"):
            _restore_language(language)
            if timezone.get_current_timezone() != zone:
                timezone.deactivate()
            if timezone.get_current_timezone() != zone:
                timezone.activate(zone)
            if folder is not None and call_or(None, os.getcwd) != folder:
                os.chdir(folder)


def restore_connection_time_zones() -> None:
    """Set the time zone of this thread's PostgreSQL connections again, if a step has changed it.

    Django takes every time that PostgreSQL sends for one in the zone that it set itself. A transaction that
    the step left open must be rolled back first.
    """
    for connection in connections.all(initialized_only=True):
        if connection.vendor != "postgresql" or connection.connection is None:
            continue
        with Guard("the time zone of a database connection"):
            zone = connection.timezone_name
            if zone and connection.connection.info.parameter_status("TimeZone") != zone:
                with connection.cursor() as cursor:
                    cursor.execute(connection.ops.set_time_zone_sql(), [zone])


def _read_alarm() -> _AlarmState | None:
    """Return the process's alarm; None in another thread than the main one, where Python sets no handlers."""
    if threading.current_thread() is not threading.main_thread():
        return None
    left, interval = signal.getitimer(signal.ITIMER_REAL)
    return _AlarmState(signal.getsignal(signal.SIGALRM), left, interval, time.monotonic())


def _restore_alarm(before: _AlarmState) -> None:
    """Stop the alarm that the step has left, and set the one that it has replaced or stopped."""
    now = _read_alarm()
    if now is None:
        return
    expected = before.left - (now.at - before.at) if before.left else 0.0
    changed = now.left > 0 if not before.left else expected > 0 and abs(now.left - expected) > _SAME
    if changed:
        signal.setitimer(signal.ITIMER_REAL, 0)
    if before.handler is not None and now.handler is not before.handler:
        signal.signal(signal.SIGALRM, before.handler)
    if changed and before.left:
        signal.setitimer(signal.ITIMER_REAL, expected, before.interval)


def _restore_language(language: str | None) -> None:
    if translation.get_language() == language:
        return
    if language is None:
        translation.deactivate_all()
        return
    translation.deactivate()
    if translation.get_language() != language:
        translation.activate(language)
