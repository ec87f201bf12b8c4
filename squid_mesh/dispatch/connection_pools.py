"""Connection pools and forks: a forked process must not use its parent's connection pools."""

from __future__ import annotations

import os

from django.db import connections

from squid_mesh.engine.worker.forks import leave_pool

_guarded = False


def guard_forks() -> None:
    """Let processes forked from now on create their own pools. A cluster consists of such processes."""
    global _guarded  # noqa: PLW0603 - os can't say what is registered
    if not _guarded:
        _guarded = True
        os.register_at_fork(after_in_child=_leave_pools)


def _leave_pools() -> None:
    """Drop the parent's pools without closing them."""
    for connection in connections.all(initialized_only=True):
        leave_pool(connection)
