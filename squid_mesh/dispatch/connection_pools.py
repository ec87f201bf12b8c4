"""Connection pools and forks: a forked process must not use its parent's connection pools."""

from __future__ import annotations

import os
from typing import Any

from django.db import connections

_guarded = False
#: Pools and connections of the parent. They stay referenced: closing them would end the parent's sessions.
_inherited: list[Any] = []


def guard_forks() -> None:
    """Let processes forked from now on create their own pools. A cluster consists of such processes."""
    global _guarded  # noqa: PLW0603 - os can't say what is registered
    if not _guarded:
        _guarded = True
        os.register_at_fork(after_in_child=_leave_pools)


def _leave_pools() -> None:
    """Drop the parent's pools without closing them. Django has no public way to do so."""
    for connection in connections.all(initialized_only=True):
        pools: dict[str, Any] = getattr(connection, "_connection_pools", {})
        if connection.alias in pools:
            _inherited.extend((pools.pop(connection.alias), connection.connection))
            connection.connection = None
