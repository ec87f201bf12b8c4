"""Deadlocks: the database has undone one transaction for another's sake, and it may be begun again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from django.db import OperationalError, connections

#: How often what lost is begun again before whoever asked for it hears of it.
_TRIES: Final = 10
_MARIADB: Final = 1213
_POSTGRESQL: Final = "40P01"

Given = TypeVar("Given")


def survived(act: Callable[[], Given], using: str) -> Given:
    """What the act gives; where a deadlock has undone it, it is begun again. It is one transaction."""
    for _ in range(_TRIES - 1):
        try:
            return act()
        except OperationalError as error:
            if not _lost(error, using):
                raise
    return act()


def _lost(error: OperationalError, using: str) -> bool:
    """Whether a transaction was undone by a deadlock, and was ours alone.

    In a transaction of the caller's it isn't ours to begin again: all that was done in it is undone.
    """
    if connections[using].in_atomic_block:
        return False
    return _MARIADB in error.args[:1] or getattr(error.__cause__, "sqlstate", None) == _POSTGRESQL
