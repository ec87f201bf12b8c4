"""What a step's code may change around itself, restored after it.

The active language and time zone, the working directory, and the time zone of PostgreSQL connections.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections
from django.utils import timezone, translation

from squid_mesh.hooks import Guard, call_or


@contextmanager
def restored_surroundings() -> Iterator[None]:
    """Restore the active language, the active time zone and the working directory after the body.

    The next step of this process may belong to another run.
    """
    language, zone = translation.get_language(), timezone.get_current_timezone()
    folder = call_or(None, os.getcwd)
    try:
        yield
    finally:
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


def _restore_language(language: str | None) -> None:
    if translation.get_language() == language:
        return
    if language is None:
        translation.deactivate_all()
        return
    translation.deactivate()
    if translation.get_language() != language:
        translation.activate(language)
