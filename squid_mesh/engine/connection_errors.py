"""Errors that belong to a connection or its server, not to the statement: another connection may succeed."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any, Final

from django.db import Error, InterfaceError, OperationalError, connections

from squid_mesh.hooks import GuardedLogger

#: PostgreSQL's classes: connection, resources such as disk and memory, and servers that shut down or start.
_POSTGRESQL_CLASSES: Final = ("08", "53", "57P0")
#: A read-only transaction: the server has become a standby.
_POSTGRESQL_READ_ONLY: Final = "25006"
#: MySQL and MariaDB: shutdown, read-only server and transaction, disk full, lost connections.
_MYSQL: Final = frozenset({1021, 1053, 1290, 1792, 1836, 2002, 2003, 2006, 2013, 2055, 4031})
#: Seconds between two lines in the log about failing connections.
_LOG_PAUSE: Final = 1.0

_logged_at = float("-inf")


def is_connection_error(error: Error) -> bool:
    """Return whether another connection, or the same statement later, may succeed."""
    if isinstance(error, OperationalError | InterfaceError):
        return True
    state = getattr(error.__cause__, "sqlstate", None) or getattr(error.__cause__, "pgcode", None) or ""
    if state:
        return state == _POSTGRESQL_READ_ONLY or state.startswith(_POSTGRESQL_CLASSES)
    return bool(error.args) and error.args[0] in _MYSQL


def drop_connection(using: str) -> None:
    """Close this thread's connection; a pool doesn't get it back. The next query opens another one."""
    wrapper: Any = connections[using]
    with suppress(Error):
        if wrapper.connection is not None and getattr(wrapper, "pool", None) is not None:
            wrapper.connection.close()
        wrapper.close()


def log_connection_error(logger: GuardedLogger, error: Error, message: str, *args: Any) -> None:
    """Log the error, at most once a second in this process."""
    global _logged_at  # noqa: PLW0603 - one limit for the process
    now = time.monotonic()
    if now - _logged_at >= _LOG_PAUSE:
        _logged_at = now
        logger.warning(message, *args, exc_info=error)
