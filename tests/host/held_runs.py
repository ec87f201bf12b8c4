"""Many runs that wait for a person, written as the engine writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from squid_mesh import Workflow
from squid_mesh.definitions.request import Request
from squid_mesh.models import AuditEvent, Definition, Run, StepRun
from squid_mesh.models.uuid7 import uuid7

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def create_held_runs(
    workflow: type[Workflow],
    step: str,
    number: int,
    *,
    request: Request | None,
    waiting_for: str = "approval",
    starter: Any = None,
) -> list[UUID]:
    """Create ``number`` paused runs, each held at that step, and return their IDs in order."""
    blueprint = workflow.blueprint
    Definition.objects.get_or_create(
        fingerprint=blueprint.fingerprint,
        defaults={
            "workflow": blueprint.workflow,
            "blueprint": blueprint.model_dump(mode="json"),
            "created_at": LONG_AGO,
        },
    )
    runs = [
        Run(
            id=uuid7(),
            workflow=blueprint.workflow,
            definition_id=blueprint.fingerprint,
            definition_format=blueprint.format,
            trigger="manual",
            status="paused",
            payload={},
            event_count=1,
            created_at=LONG_AGO + timedelta(seconds=n),
        )
        for n in range(number)
    ]
    Run.objects.bulk_create(runs)
    StepRun.objects.bulk_create(
        StepRun(
            run=run,
            name=step,
            status="unknown" if waiting_for == "outcome" else "paused",
            waiting_for=waiting_for,
            request=None if request is None else request.as_json(),
            created_at=run.created_at,
        )
        for run in runs
    )
    key = "" if starter is None else str(starter.pk)
    AuditEvent.objects.bulk_create(
        AuditEvent(run=run, sequence=1, type="run_started", actor_key=key, created_at=run.created_at)
        for run in runs
    )
    return [run.pk for run in runs]
