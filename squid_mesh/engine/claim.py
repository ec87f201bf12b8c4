"""Claiming the step that has been due longest, and giving back one that can't be executed here."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from squid_mesh import conf
from squid_mesh.engine.announcements import announce_run, announce_step
from squid_mesh.engine.status import update_run_status
from squid_mesh.lifecycle import RunStatus, StepStatus, Unrecognized, move_step, read_value
from squid_mesh.processes import own
from squid_mesh.store.backend import backend_of
from squid_mesh.store.claims import release_step
from squid_mesh.store.runs import lock_run
from squid_mesh.store.values import Claimed


def claim_next(worker: str, settings: conf.Settings, run_id: UUID | None = None) -> Claimed | None:
    """Claim a due step, of that run if one is given; its run is running then. None if there is none."""
    using = settings.DATABASE
    claimed = backend_of(using).claim_due_step(
        worker=worker, token=own.new_token(), lease=settings.LEASE_SECONDS, run_id=run_id
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


def release(claimed: Claimed, settings: conf.Settings) -> None:
    """Give back a step that this process can't execute. It counts no attempt and no crash."""
    using, claim, before = settings.DATABASE, claimed.claim, claimed.step_before
    with transaction.atomic(using=using):
        run = lock_run(claim.run_id, using)
        move_step(StepStatus.RUNNING, before)
        if isinstance(read_value(RunStatus, run.status), Unrecognized) or not release_step(
            claim, before, using
        ):
            return
        announce_step(
            claim.run_id,
            claimed.head.workflow,
            claim.name,
            StepStatus.RUNNING,
            before,
            using,
            visit=claim.visit,
        )
        update_run_status(run, using)
        backend_of(using).notify_workers()
