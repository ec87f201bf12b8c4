"""What other code left on connections: open transactions, in which no settle would last, and time zones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from squid_mesh.engine.settle.results import Failure, Result
from squid_mesh.hooks import Guard, GuardedLogger

logger = GuardedLogger("squid_mesh.engine")


class TransactionState(NamedTuple):
    """The state of a connection: in an atomic block or not, the number of savepoints, autocommit."""

    in_block: bool
    depth: int
    autocommit: bool


def read_transaction_states() -> Mapping[str, TransactionState]:
    """Return the state of each open connection of this thread, by alias."""
    return {c.alias: _state_of(c) for c in connections.all(initialized_only=True) if c.connection is not None}


def roll_back_leaked(result: Result, before: Mapping[str, TransactionState]) -> Result:
    """Roll back what the step left open; return the result, or a failure if the step left a transaction open.

    A timeout can leave one anywhere. A step that returns as if nothing were open fails: nothing was kept.
    """
    left = roll_back_left_open(before, stopped=isinstance(result, Failure) and result.timed_out)
    if not left:
        return result
    logger.warning("A step left a transaction open on %s; it was rolled back.", ", ".join(left))
    if isinstance(result, Failure):
        return result
    error = {
        "type": "OpenTransaction",
        "code": "open_transaction",
        "message": f"The step returned with a transaction open on database {', '.join(left)}; it was rolled "
        "back. End each transaction in the block that starts it: use transaction.atomic().",
    }
    return Failure(error, retryable=False)


def roll_back_left_open(before: Mapping[str, TransactionState], *, stopped: bool = False) -> list[str]:
    """Roll back what other code left open since ``before``; return the aliases of those databases.

    On PostgreSQL, also restore the time zone of each connection.

    ``stopped``: an alarm interrupted that code, so connections that look unchanged are closed.
    """
    left = []
    for connection in connections.all(initialized_only=True):
        usual = TransactionState(False, 0, bool(connection.settings_dict["AUTOCOMMIT"]))
        was = before.get(connection.alias, usual)
        if connection.connection is None:
            continue
        if _state_of(connection) != was:
            left.append(connection.alias)
            _roll_back_to(connection, was)
        elif stopped and not was.in_block:  # interrupted in a call: Django and the driver may disagree
            connection.close()
        if connection.vendor == "postgresql" and connection.connection is not None:
            _restore_time_zone(connection)
    return left


def _restore_time_zone(connection: Any) -> None:
    """Set a PostgreSQL connection's time zone again, if other code has changed it.

    Django takes every time that PostgreSQL sends for one in the zone that it set itself.
    """
    zone = connection.timezone_name
    if zone and connection.connection.info.parameter_status("TimeZone") != zone:
        with Guard("the time zone of a database connection"), connection.cursor() as cursor:
            cursor.execute(connection.ops.set_time_zone_sql(), [zone])


def _state_of(connection: BaseDatabaseWrapper) -> TransactionState:
    return TransactionState(connection.in_atomic_block, len(connection.savepoint_ids), connection.autocommit)


def _roll_back_to(connection: BaseDatabaseWrapper, was: TransactionState) -> None:
    """Roll back to that state; if the connection was in no transaction, close it."""
    if was.in_block and connection.in_atomic_block:
        while len(connection.savepoint_ids) > was.depth:
            savepoint = connection.savepoint_ids.pop()
            if savepoint is not None:
                connection.needs_rollback = False
                connection.savepoint_rollback(savepoint)
        return
    connection.in_atomic_block = connection.closed_in_transaction = False
    connection.close()
