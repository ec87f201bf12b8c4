"""Prepared statements: PostgreSQL plans what a worker sends again and again only now and then.

Planning a settle takes longer than executing it. Django binds values on the client and prepares nothing, so
these statements use a cursor of their own on the same connection.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import count
from typing import Any, Final

from django.db import DatabaseError, OperationalError, connections

from squid_mesh.hooks import GuardedLogger

try:
    from psycopg import Connection, Cursor
except ImportError:  # psycopg2, or another database
    Cursor = Connection = None  # type: ignore[assignment,misc]

logger = GuardedLogger("squid_mesh.store")

#: A plan fits the size that the tables have when it is made, so it is made again after that many executions.
_PLAN_LASTS: Final = 1000
#: The errors with which PostgreSQL refuses a prepared statement before executing any of it: no statement has
#: that name, another one has, or a table that the statement reads has changed.
_UNUSABLE: Final = ("26000", "42P05", "0A000")
#: Another process's statement has the name: the connection doesn't always lead to the same server process.
#: The next name might be that of another process's statement.
_NAME_TAKEN: Final = "42P05"
#: After that many refusals of other kinds the process stops preparing, too.
_MOST_REFUSALS: Final = 10

_executed = count()
_refused = count(1)
_gave_up = False


def has_psycopg3() -> bool:
    """Return whether Django reaches PostgreSQL through psycopg 3, which can prepare and listen."""
    return Cursor is not None


def execute(statement: str, values: Sequence[Any] | Mapping[str, Any], using: str) -> list[tuple[Any, ...]]:
    """Return the rows that the statement gives, on PostgreSQL.

    Nothing is prepared with ``DISABLE_SERVER_SIDE_CURSORS``: a Django project sets it if a pool may use
    another server connection for each transaction. If the server has lost a prepared statement, after
    ``DISCARD ALL`` or a migration, the process forgets it and sends the statement unprepared.

    Raises:
        OperationalError: that happened inside a transaction, which the caller has to repeat.
    """
    if not _can_prepare(using):
        return _rows(connections[using].cursor(), statement, values)
    try:
        prepared = f"/* {next(_executed) // _PLAN_LASTS} */ {statement}"
        return _rows(_preparing_cursor(using), prepared, values)
    except DatabaseError as error:
        state = getattr(error.__cause__, "sqlstate", None)
        if state not in _UNUSABLE:
            raise
        _count_refusal(error, most=1 if state == _NAME_TAKEN else _MOST_REFUSALS)
        if connections[using].in_atomic_block:
            raise OperationalError(f"A prepared statement is no longer usable: {error}") from error
    _forget_prepared(using)
    return _rows(connections[using].cursor(), statement, values)


def _rows(
    opened: AbstractContextManager[Any], statement: str, values: Sequence[Any] | Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    with opened as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _can_prepare(using: str) -> bool:
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


def _count_refusal(error: DatabaseError, most: int) -> None:
    global _gave_up  # noqa: PLW0603 - the whole process stops preparing
    logger.warning("PostgreSQL refused a prepared statement: %s", error)
    if next(_refused) >= most:
        _gave_up = True
        logger.warning(
            "This process stops preparing statements. If a pooler assigns connections per transaction, set "
            "DISABLE_SERVER_SIDE_CURSORS."
        )


def _forget_prepared(using: str) -> None:
    """Forget all prepared statements of this connection, in the server and in the driver."""
    with connections[using].wrap_database_errors:
        _ForgettingCursor(connections[using].connection).execute("DEALLOCATE ALL", prepare=False)


if Cursor is not None:

    class _PreparingCursor(Cursor[Any]):
        """Bind on the server and prepare at the first execution, whatever the connection's own threshold."""

        _threshold = 0

        def execute(self, *args: Any, **kwargs: Any) -> Any:
            connection: Connection[Any] = self.connection
            threshold, connection.prepare_threshold = connection.prepare_threshold, self._threshold
            try:
                return super().execute(*args, **kwargs)
            finally:
                connection.prepare_threshold = threshold

    class _ForgettingCursor(_PreparingCursor):
        """Prepare nothing. The driver notices DEALLOCATE only if it could prepare."""

        _threshold = 1_000_000
