"""Executing due steps in the calling process, and making later steps due now."""

from __future__ import annotations

from uuid import UUID

from squid_mesh import conf
from squid_mesh.engine.recovery import recover_lost_steps
from squid_mesh.engine.worker.slice import work_for
from squid_mesh.store.steps import end_waits

_SECONDS = 60.0


def run_until_idle() -> int:
    """Execute due steps until none is due, for at most a minute; return how many were executed."""
    recover_lost_steps()
    return work_for(_SECONDS).executed


def fast_forward(run_id: UUID) -> int:
    """Make every waiting step of the run due now; return how many there were."""
    return end_waits(run_id, conf.database())
