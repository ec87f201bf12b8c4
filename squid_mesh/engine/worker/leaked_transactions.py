"""Taking back the transaction that a step leaves open on a connection: in it no settle would last."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from squid_mesh.engine.settle.results import Failure, Result

logger = logging.getLogger("squid_mesh.engine")


@dataclass(frozen=True, slots=True)
class TransactionState:
    """Where a connection stands: in a block, how many blocks deep, committing by itself."""

    in_block: bool
    depth: int
    autocommit: bool


def transaction_states() -> Mapping[str, TransactionState]:
    """Where each of this thread's open connections stands."""
    return {c.alias: _of(c) for c in connections.all(initialized_only=True) if c.connection is not None}


def roll_back_leaked(result: Result, before: Mapping[str, TransactionState]) -> Result:
    """The result, or a failure where the step has left a transaction open, which is rolled back.

    A timeout can leave one anywhere. Whoever returns as if nothing were open is told that nothing was kept.
    """
    left, stopped = [], isinstance(result, Failure) and result.timed_out
    for connection in connections.all(initialized_only=True):
        usual = TransactionState(False, 0, bool(connection.settings_dict["AUTOCOMMIT"]))
        was = before.get(connection.alias, usual)
        if connection.connection is None:
            continue
        if _of(connection) != was:
            left.append(connection.alias)
            _take_back(connection, was)
        elif stopped and not was.in_block:  # amid a call, after which Django and the driver may disagree
            connection.close()
    if not left:
        return result
    logger.warning("A step left a transaction open on %s; it is rolled back.", ", ".join(left))
    if isinstance(result, Failure):
        return result
    error = {
        "type": "OpenTransaction",
        "code": "open_transaction",
        "message": f"The step returned with a transaction open on database {', '.join(left)}; it was rolled "
        "back. End each transaction where it begins: with transaction.atomic().",
    }
    return Failure(error, retryable=False)


def _of(connection: BaseDatabaseWrapper) -> TransactionState:
    return TransactionState(connection.in_atomic_block, len(connection.savepoint_ids), connection.autocommit)


def _take_back(connection: BaseDatabaseWrapper, was: TransactionState) -> None:
    """Roll back to where the connection was; outside of any transaction of ours, by closing it."""
    if was.in_block and connection.in_atomic_block:
        while len(connection.savepoint_ids) > was.depth:
            savepoint = connection.savepoint_ids.pop()
            if savepoint is not None:
                connection.needs_rollback = False
                connection.savepoint_rollback(savepoint)
        return
    connection.in_atomic_block = connection.closed_in_transaction = False
    connection.close()
