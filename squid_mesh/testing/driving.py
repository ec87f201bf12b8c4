"""Executing due steps in the calling process, and making later steps due now."""

from __future__ import annotations

from uuid import UUID

from squid_mesh import conf
from squid_mesh.engine.recovery.recover import recover
from squid_mesh.engine.worker.slice import work
from squid_mesh.store.steps import end_waits

_SECONDS = 60.0


def run_until_idle() -> int:
    """Execute due steps until none is due, for a minute at most; how many were executed."""
    recover()
    executed, _ = work(_SECONDS)
    return executed


def fast_forward(run_id: UUID) -> int:
    """Make every waiting step of the run due now; how many there were."""
    return end_waits(run_id, conf.database())
