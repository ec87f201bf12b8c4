"""The database's time, moved: an interval is added where SQL reads the time, on every open connection.

Django calls the wrapper for each statement of a connection. The wrapper finds the functions that the engine's
statements and Django's ``Now()`` call. A time that the database reads itself, as for a ``db_default``, isn't
moved.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final
from weakref import WeakSet

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

_FUNCTIONS: Final = {
    "postgresql": re.compile(
        r"\b(?:statement_timestamp|transaction_timestamp|clock_timestamp|now)\(\)|\bcurrent_timestamp\b(?!\()",
        re.IGNORECASE,
    ),
    "mysql": re.compile(r"\b(?:utc_timestamp|current_timestamp|now|sysdate)\(\d?\)", re.IGNORECASE),
    "sqlite": re.compile(
        r"(?:\bstrftime\(\s*'[^']*'\s*,|\b(?:datetime|date|time|julianday|unixepoch)\()\s*'now'",
        re.IGNORECASE,
    ),
}
_MOVED: Final = {
    "postgresql": r"(\g<0> + interval '{seconds:.6f} seconds')",
    "mysql": r"(\g<0> + INTERVAL {microseconds} MICROSECOND)",
    "sqlite": r"\g<0>, '{seconds:+.3f} seconds'",
}


def move_sql(sql: str, vendor: str, ahead: timedelta) -> str:
    """Return the statement with each reading of the current time moved by ``ahead``."""
    functions = _FUNCTIONS.get(vendor)
    if functions is None:
        return sql
    microseconds = round(ahead / timedelta(microseconds=1))
    moved = _MOVED[vendor].format(seconds=microseconds / 1_000_000, microseconds=microseconds)
    return functions.sub(moved, sql)


class DatabaseTime:
    """The time of all databases of this process. ``read_ahead`` returns how far it is moved."""

    def __init__(self, read_ahead: Callable[[], timedelta]) -> None:
        self._read_ahead = read_ahead
        self._is_moved = False
        #: Connections of all threads, because the time moves in each.
        self._known: WeakSet[BaseDatabaseWrapper] = WeakSet()
        self._lock = threading.Lock()
        connection_created.connect(self._meet, weak=False, dispatch_uid="squid_mesh.testing.database_time")

    def move(self) -> None:
        """Let every connection, and each that is opened later, read the moved time."""
        with self._lock:
            self._is_moved = True
            self._known.update(connections.all(initialized_only=True))
            for connection in self._known:
                self._wrap(connection)

    def put_back(self) -> None:
        """Let every connection read the database's own time."""
        with self._lock:
            self._is_moved = False
            for connection in self._known:
                if self._execute in connection.execute_wrappers:
                    connection.execute_wrappers.remove(self._execute)

    def _meet(self, connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
        with self._lock:
            self._known.add(connection)
            if self._is_moved:
                self._wrap(connection)

    def _wrap(self, connection: BaseDatabaseWrapper) -> None:
        if self._execute not in connection.execute_wrappers:
            # At index 0: a wrapper of the project, such as one that counts statements, sees the final SQL.
            connection.execute_wrappers.insert(0, self._execute)

    def _execute(
        self,
        execute: Callable[..., Any],
        sql: Any,
        params: Any,
        many: bool,
        context: Mapping[str, Any],
    ) -> Any:
        if isinstance(sql, str):
            sql = move_sql(sql, context["connection"].vendor, self._read_ahead())
        return execute(sql, params, many, context)
