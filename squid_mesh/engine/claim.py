"""Claiming the step that has been due longest."""

from __future__ import annotations

from uuid import UUID, uuid4

from squid_mesh import conf
from squid_mesh.engine.announcements import announce_run, announce_step
from squid_mesh.lifecycle import RunStatus, StepStatus
from squid_mesh.store.backend import backend_of
from squid_mesh.store.values import Claimed


def claim_next(worker: str, settings: conf.Settings, run_id: UUID | None = None) -> Claimed | None:
    """Claim a due step, of that run if one is given; its run is running then. None if there is none."""
    using = settings.DATABASE
    claimed = backend_of(using).claim_due_step(
        worker=worker, token=uuid4(), lease=settings.LEASE_SECONDS, run_id=run_id
    )
    if claimed is None:
        return None
    claim, workflow = claimed.claim, claimed.head.workflow
    announce_run(claim.run_id, workflow, claimed.run_before, RunStatus.RUNNING, using)
    announce_step(
        claim.run_id,
        workflow,
        claim.name,
        claimed.step_before,
        StepStatus.RUNNING,
        using,
        visit=claim.visit,
        attempt=claim.attempt,
    )
    return claimed
