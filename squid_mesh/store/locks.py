"""Row locks and their order, and transactions that a deadlock has undone.

**Lock order: parent run, run, step.** Everything locks the run first, then its steps in the order of their
ids. Only a claim locks a step first. It never waits for the run's lock: it passes over a step whose run
another transaction holds. So no two transactions of ours wait for each other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from django.db import OperationalError, connections
from django.db.models import QuerySet

#: How often a transaction that a deadlock has undone is tried before the caller gets the error.
_TRIES: Final = 10
_MARIADB_DEADLOCK: Final = 1213
_POSTGRESQL_DEADLOCK: Final = "40P01"

Rows = TypeVar("Rows", bound=QuerySet[Any])
Result = TypeVar("Result")


def lock_rows(rows: Rows, using: str) -> Rows:
    """Lock the rows until the transaction ends, waiting for others that hold them."""
    if not connections[using].features.has_select_for_update:
        return rows
    return rows.select_for_update()


def lock_unused_rows(rows: Rows, using: str) -> Rows:
    """Lock the rows, passing over those that others hold or are just adding a reference to."""
    features = connections[using].features
    if not features.has_select_for_update:
        return rows
    return rows.select_for_update(skip_locked=features.has_select_for_update_skip_locked)


def lock_free_rows(rows: Rows, using: str) -> Rows:
    """Lock the rows, passing over those that others hold, where the database can.

    A row is not passed over because other rows, such as the host's own, refer to it.
    """
    features = connections[using].features
    if not features.has_select_for_update:
        return rows
    return rows.select_for_update(
        skip_locked=features.has_select_for_update_skip_locked,
        no_key=features.has_select_for_no_key_update,
    )


def retry_on_deadlock(act: Callable[[], Result], using: str) -> Result:
    """Return what ``act`` returns; call it again if a deadlock undid it. ``act`` is one transaction."""
    for _ in range(_TRIES - 1):
        try:
            return act()
        except OperationalError as error:
            if not _is_own_deadlock(error, using):
                raise
    return act()


def _is_own_deadlock(error: OperationalError, using: str) -> bool:
    """Return whether a deadlock undid a transaction that was ours alone.

    A transaction of the caller's can't be repeated here: everything that was done in it is undone.
    """
    if connections[using].in_atomic_block:
        return False
    return _MARIADB_DEADLOCK in error.args[:1] or getattr(error.__cause__, "sqlstate", None) == (
        _POSTGRESQL_DEADLOCK
    )
