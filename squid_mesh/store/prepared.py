"""Statements that a worker sends again and again: PostgreSQL plans them now and then, not each time.

Planning a settle costs more than executing it. Django binds values on the client and prepares nothing, so
these go through a cursor of their own on the same connection.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import count
from typing import Any, Final

from django.db import DatabaseError, OperationalError, connections

try:
    from psycopg import Connection, Cursor
except ImportError:  # psycopg2, or another database
    Cursor = Connection = None  # type: ignore[assignment,misc]

logger = logging.getLogger("squid_mesh.store")

#: A plan is made for tables as large as they are then, so after so many executions it is made anew.
_PLAN_LASTS: Final = 1000
#: What PostgreSQL says of a prepared statement that it can't use, before it has executed any of it: there is
#: none of that name, there is one already, or a table that it reads has changed.
_UNUSABLE: Final = ("26000", "42P05", "0A000")
#: There is one already that this process hasn't made: its connection isn't always the same server's. The next
#: name it uses may stand for another's statement.
_ANOTHERS: Final = "42P05"
#: A process that has been refused so many prepares no more either.
_ENOUGH: Final = 10

_executed = count()
_refused = count(1)
_gave_up = False


def execute(statement: str, values: Sequence[Any] | Mapping[str, Any], using: str) -> list[tuple[Any, ...]]:
    """The rows that the statement gives, on PostgreSQL.

    Nothing is prepared with ``DISABLE_SERVER_SIDE_CURSORS``: that is how a Django project says that a pool
    may give each transaction another server connection. What the server can't use any more, after
    ``DISCARD ALL`` or a migration, is forgotten, and the statement sent as it is.

    Raises:
        OperationalError: that happened in a transaction, which has to be begun again.
    """
    if not _prepares(using):
        return _rows(connections[using].cursor(), statement, values)
    try:
        prepared = f"/* {next(_executed) // _PLAN_LASTS} */ {statement}"
        return _rows(_preparing_cursor(using), prepared, values)
    except DatabaseError as error:
        state = getattr(error.__cause__, "sqlstate", None)
        if state not in _UNUSABLE:
            raise
        _count_refusal(error, enough=1 if state == _ANOTHERS else _ENOUGH)
        if connections[using].in_atomic_block:
            raise OperationalError(f"A prepared statement can't be used any more: {error}") from error
    _forget(using)
    return _rows(connections[using].cursor(), statement, values)


def _rows(
    opened: AbstractContextManager[Any], statement: str, values: Sequence[Any] | Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    with opened as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _prepares(using: str) -> bool:
    if Cursor is None or _gave_up:
        return False
    return not connections[using].settings_dict.get("DISABLE_SERVER_SIDE_CURSORS")


def _preparing_cursor(using: str) -> AbstractContextManager[Any]:
    connection = connections[using]
    connection.ensure_connection()
    cursor: Any = _PreparingCursor(connection.connection)
    if connection.queries_logged:
        return connection.make_debug_cursor(cursor)
    return connection.make_cursor(cursor)


def _count_refusal(error: DatabaseError, enough: int) -> None:
    global _gave_up  # noqa: PLW0603 - it is the whole process that gives up
    logger.warning("PostgreSQL can't use a prepared statement: %s", error)
    if next(_refused) >= enough:
        _gave_up = True
        logger.warning(
            "This process prepares no more statements. Behind a pooler that pools by transaction, set "
            "DISABLE_SERVER_SIDE_CURSORS."
        )


def _forget(using: str) -> None:
    """Make driver and server agree that nothing is prepared on this connection."""
    with connections[using].wrap_database_errors:
        _ForgettingCursor(connections[using].connection).execute("DEALLOCATE ALL", prepare=False)


if Cursor is not None:

    class _PreparingCursor(Cursor[Any]):
        """Binds on the server and prepares at the first execution, whatever the connection does else."""

        _threshold = 0

        def execute(self, *args: Any, **kwargs: Any) -> Any:
            connection: Connection[Any] = self.connection
            threshold, connection.prepare_threshold = connection.prepare_threshold, self._threshold
            try:
                return super().execute(*args, **kwargs)
            finally:
                connection.prepare_threshold = threshold

    class _ForgettingCursor(_PreparingCursor):
        """Prepares nothing itself; yet only where something may be prepared does the driver follow."""

        _threshold = 1_000_000
