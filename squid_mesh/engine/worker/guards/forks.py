"""Processes that a step's code forks: they never leave that code, and don't use the worker's connections."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Any, Final

from django.db import connections

#: The exit code of a forked process that raised an error, as of a Python program.
_FAILED: Final = 1

_registered = False
#: The steps that threads of this process execute now.
_steps: dict[int, object] = {}
#: Connections of the parent. They stay referenced: closing them would end the parent's sessions.
_inherited: list[Any] = []


class end_forks:  # noqa: N801 - used like a function, and once for each step: a class costs half
    """End a process that the body has forked when it leaves the body, by a return, an error or ``sys.exit``.

    It ends at once. It flushes no file, calls no exit function and closes no connection: they belong to the
    parent.
    """

    __slots__ = ("_parent",)

    def __enter__(self) -> None:
        """Remember which process enters the body."""
        self._parent = os.getpid()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """End this process if it is another one."""
        if os.getpid() != self._parent:
            _end(error)


class guard_forks(end_forks):  # noqa: N801 - likewise
    """Execute a step in the body: a process that it forks ends before it leaves the body.

    Such a process gets connections of its own if it uses the database.
    """

    __slots__ = ()

    def __enter__(self) -> None:
        """Note that this process executes one more step."""
        global _registered  # noqa: PLW0603 - os can't say what is registered
        if not _registered:
            _registered = True
            os.register_at_fork(after_in_child=_leave_connections)
        _steps[id(self)] = self
        super().__enter__()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """End a forked process; note that the step has ended."""
        super().__exit__(kind, error, trace)
        _steps.pop(id(self), None)


def leave_pool(connection: Any) -> None:
    """Drop the parent's pool of connections without closing it. Django has no public way to do so."""
    pools: dict[str, Any] = getattr(connection, "_connection_pools", {})
    if connection.alias in pools:
        _inherited.extend((pools.pop(connection.alias), connection.connection))
        connection.connection = None


def _leave_connections() -> None:
    """In a process that a step has just forked: leave the connections of the thread that forked it."""
    if not _steps:
        return
    for connection in connections.all(initialized_only=True):
        leave_pool(connection)
        if connection.connection is None or _is_in_memory(connection):
            continue
        _inherited.append(connection.connection)
        connection.connection = None
        if connection.in_atomic_block:  # it ends without a query, and allows none, as after ``close()``
            connection.closed_in_transaction = connection.needs_rollback = True


def _is_in_memory(connection: Any) -> bool:
    return connection.vendor == "sqlite" and bool(connection.is_in_memory_db())


def _end(error: BaseException | None) -> None:
    """End this process with the exit code that Python would use."""
    code = 0
    with suppress(BaseException):
        if isinstance(error, SystemExit):
            given = error.code
            code = 0 if given is None else given & 0xFF if isinstance(given, int) else _FAILED
        elif error is not None:
            code = _FAILED
            text = (
                f"squid_mesh: process {os.getpid()}, which a step has forked, raised {type(error).__name__}."
            )
            if sys.__stderr__ is not None:
                os.write(sys.__stderr__.fileno(), text.encode(errors="backslashreplace") + b"\n")
    os._exit(code)
