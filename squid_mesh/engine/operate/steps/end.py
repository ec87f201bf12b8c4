"""Ending a step that no worker holds as a worker would: take it, and settle it by the same code."""

from __future__ import annotations

from uuid import uuid4

from squid_mesh import conf
from squid_mesh.engine.operate.locked_run import Scene
from squid_mesh.engine.run_memory import RunMemory
from squid_mesh.engine.settle.general import Ending, settle_locked
from squid_mesh.lifecycle import StepStatus, move_step_by_hand
from squid_mesh.store import creation, portable, rows
from squid_mesh.store.values import Json, StepChange, StepRow


def end(
    scene: Scene, step: StepRow, status: StepStatus, outcome: str, *, output: Json = None, error: Json = None
) -> None:
    """Give the step its end; what follows from it is ready once this is committed."""
    move_step_by_hand(step.status, status)
    settings = conf.current()
    claim, given = rows.take(step.id, uuid4(), settings.LEASE_SECONDS, scene.using)
    change = StepChange(
        status=status,
        outcome=outcome,
        failures=claim.failures,
        deferrals=claim.deferrals,
        input=given,
        output=output,
        error=error,
    )
    settle_locked(
        Ending(claim=claim, memory=memory_of(scene), change=change, was=step.status),
        settings,
    )
    creation.ring(scene.using)


def memory_of(scene: Scene) -> RunMemory:
    """The run as a worker knows it."""
    return RunMemory(portable.read_head(scene.run.pk, scene.using), scene.blueprint)
