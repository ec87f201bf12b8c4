"""Ending a step that no worker holds: claim it and settle it with the code that workers use."""

from __future__ import annotations

from uuid import uuid4

from squid_mesh import conf
from squid_mesh.engine.operate.locked_run import LockedRun
from squid_mesh.engine.run_memory import RunMemory
from squid_mesh.engine.settle.ending import Ending
from squid_mesh.engine.settle.locked import settle_locked
from squid_mesh.lifecycle import StepStatus, move_step_by_hand
from squid_mesh.store.backend import backend_of
from squid_mesh.store.claims import claim_by_hand
from squid_mesh.store.runs import read_run_head
from squid_mesh.store.values import Json, SecretPaths, StepChange, StepRow


def end_step(
    locked: LockedRun,
    step: StepRow,
    status: StepStatus,
    outcome: str,
    *,
    output: Json = None,
    secrets: SecretPaths = None,
    error: Json = None,
) -> None:
    """End the step. The steps that follow it are ready when the transaction commits."""
    move_step_by_hand(step.status, status)
    settings = conf.current()
    held = claim_by_hand(step.id, uuid4(), settings.LEASE_SECONDS, locked.using)
    claim = held.claim
    change = StepChange(
        status=status,
        outcome=outcome,
        failures=claim.failures,
        deferrals=claim.deferrals,
        input=held.input,
        output=output,
        secrets=secrets,
        error=error,
    )
    settle_locked(
        Ending(claim=claim, memory=read_memory(locked), change=change, was=step.status),
        settings,
    )
    backend_of(locked.using).notify_workers()


def read_memory(locked: LockedRun) -> RunMemory:
    """Read what a worker keeps of the run between its steps."""
    return RunMemory(read_run_head(locked.run.pk, locked.using), locked.blueprint)
