"""Runs as inspection shows them, made up."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from squid_mesh.definitions.blueprint import Blueprint
from squid_mesh.inspection.diagram.drawing import Drawing
from squid_mesh.inspection.diagram.run import add_progress
from squid_mesh.inspection.diagram.workflow import draw_workflow
from squid_mesh.inspection.snapshots.runs import RunSnapshot, StepSnapshot
from squid_mesh.lifecycle import RunStatus, StepStatus

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def seen(name: str, status: str, **facts: Any) -> StepSnapshot:
    outcome = {"completed": "ok", "failed": "error"}.get(status, "")
    known: dict[str, Any] = {"name": name, "status": StepStatus(status), "outcome": outcome, "attempt": 1}
    return StepSnapshot(**known | facts)


def drawing_of(flow: Blueprint, *steps: StepSnapshot, status: str = "running") -> Drawing:
    """The drawing of a run with those steps; the others weren't reached."""
    named = {step.name for step in steps}
    rest = [StepSnapshot(name=step.name) for step in flow.steps if step.name not in named]
    run = RunSnapshot(
        id=UUID(int=1),
        workflow=flow.workflow,
        trigger="by_hand",
        status=RunStatus(status),
        error=None,
        idempotency_key=None,
        subject=None,
        tags=(),
        replay_of=None,
        created_at=NOON,
        started_at=NOON,
        finished_at=None,
        payload={},
        state={},
        schedule=None,
        fingerprint="",
        steps=(*steps, *rest),
    )
    return add_progress(draw_workflow(flow), run)
