"""Pools of database connections and forks: a process must not use those of the one that it comes from."""

from __future__ import annotations

import os
from typing import Any

from django.db import connections

_guarded = False
#: What was inherited. Letting go of it would end sessions that are another process's.
_inherited: list[Any] = []


def guard_forks() -> None:
    """From now on a forked process makes pools of its own. A cluster is a tree of such processes."""
    global _guarded  # noqa: PLW0603 - what is registered can't be looked up
    if not _guarded:
        _guarded = True
        os.register_at_fork(after_in_child=_leave_pools)


def _leave_pools() -> None:
    """Django keeps one pool an alias for all threads, with no public way to leave it open behind."""
    for connection in connections.all(initialized_only=True):
        pools: dict[str, Any] = getattr(connection, "_connection_pools", {})
        if connection.alias in pools:
            _inherited.extend((pools.pop(connection.alias), connection.connection))
            connection.connection = None
