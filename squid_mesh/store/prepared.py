"""Statements that a worker sends again and again: PostgreSQL plans them now and then, not each time.

Planning a settle costs more than executing it. Django binds values on the client and prepares nothing, so
these go through a cursor of their own on the same connection.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import count
from typing import Any, Final

from django.db import connections

try:
    from psycopg import Connection, Cursor
except ImportError:  # psycopg2, or another database
    Cursor = Connection = None  # type: ignore[assignment,misc]

#: A plan is made for tables as large as they are then, so after so many executions it is made anew.
_PLAN_LASTS: Final = 1000

_executed = count()


def execute(statement: str, values: Sequence[Any] | Mapping[str, Any], using: str) -> list[tuple[Any, ...]]:
    """The rows that the statement gives, on PostgreSQL.

    Nothing is prepared with ``DISABLE_SERVER_SIDE_CURSORS``: that is how a Django project says that a pool
    may give each transaction another server connection.
    """
    with _cursor(using) as cursor:
        if _prepares(using):
            statement = f"/* {next(_executed) // _PLAN_LASTS} */ {statement}"
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _prepares(using: str) -> bool:
    return Cursor is not None and not connections[using].settings_dict.get("DISABLE_SERVER_SIDE_CURSORS")


def _cursor(using: str) -> AbstractContextManager[Any]:
    connection = connections[using]
    if not _prepares(using):
        return connection.cursor()
    connection.ensure_connection()
    cursor: Any = _PreparingCursor(connection.connection)
    if connection.queries_logged:
        return connection.make_debug_cursor(cursor)
    return connection.make_cursor(cursor)


if Cursor is not None:

    class _PreparingCursor(Cursor[Any]):
        """Binds on the server and prepares at the first execution, whatever the connection does else."""

        def execute(self, *args: Any, **kwargs: Any) -> Any:
            connection: Connection[Any] = self.connection
            threshold, connection.prepare_threshold = connection.prepare_threshold, 0
            try:
                return super().execute(*args, **kwargs)
            finally:
                connection.prepare_threshold = threshold
