"""Deadlocks: the database has undone one transaction for another's sake, and it may be begun again."""

from __future__ import annotations

from typing import Final

from django.db import OperationalError, connections

#: How often what lost is begun again before whoever asked for it hears of it.
TRIES: Final = 10
_MARIADB: Final = 1213
_POSTGRESQL: Final = "40P01"


def lost(error: OperationalError, using: str) -> bool:
    """Whether a transaction was undone by a deadlock, and was ours alone.

    In a transaction of the caller's it isn't ours to begin again: all that was done in it is undone.
    """
    if connections[using].in_atomic_block:
        return False
    return _MARIADB in error.args[:1] or getattr(error.__cause__, "sqlstate", None) == _POSTGRESQL
