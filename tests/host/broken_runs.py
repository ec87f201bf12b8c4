"""Runs that failed, or whose workers died."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from squid_mesh import api
from squid_mesh.engine.recovery import recover_lost_steps
from squid_mesh.models import StepRun
from tests.host import people, steps, workflows
from tests.host.runs import claim, driven, seen


def expire_leases(run_id: UUID) -> None:
    """End the leases of the run's running steps."""
    held = StepRun.objects.filter(run_id=run_id, lease_until__isnull=False)
    assert held.update(lease_until=datetime(2020, 1, 1, tzinfo=UTC))


def lose_worker(run_id: UUID) -> None:
    """End the leases of the run's running steps, and recover the steps."""
    expire_leases(run_id)
    recover_lost_steps()


def start_with_unknown_outcome(workflow: Any = people.Checks, payload: Any = None) -> UUID:
    """Start a run and lose the worker of its first step, whose outcome is then unknown."""
    run_id = api.start_run(workflow, payload).id
    claim(run_id)
    lose_worker(run_id)
    return run_id


def start_failed_chain(plan: dict[str, Any]) -> UUID:
    """Run a chain whose second step fails."""
    plan["two"] = steps.Broken("ink")
    run_id = driven(workflows.Chain)
    assert seen(run_id).status == "failed"
    plan.clear()
    return run_id
