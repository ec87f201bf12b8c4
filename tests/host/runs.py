"""Short functions that start, execute and read runs."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from squid_mesh import Workflow, api, conf
from squid_mesh.engine.recovery import recover_lost_steps
from squid_mesh.engine.run_memory import RunMemory
from squid_mesh.engine.settle.execution import Execution, settle_and_claim_next
from squid_mesh.engine.settle.results import Done, Result
from squid_mesh.engine.worker.slice import work_for
from squid_mesh.models import StepRun
from squid_mesh.store.backend import backend_of
from squid_mesh.store.clock import DatabaseNow
from squid_mesh.store.values import Claim


def run_until_idle() -> int:
    """Recover lost steps and execute due ones, for at most a minute; return how many were executed."""
    recover_lost_steps()
    return work_for(60).executed


def fast_forward(run_id: UUID) -> int:
    """Make every waiting step of the run due now, whatever it waits for; return how many there were."""
    later = StepRun.objects.filter(run_id=run_id, due_at__gt=DatabaseNow())
    return later.update(due_at=DatabaseNow())


def driven(workflow: type[Workflow], payload: Any = None, **options: Any) -> UUID:
    """Start a run, execute its due steps, and return its ID."""
    run_id = api.start_run(workflow, payload, **options).id
    run_until_idle()
    return run_id


def seen(run_id: UUID) -> api.RunSnapshot:
    return api.inspect_run(run_id, history=True)


def statuses(run_id: UUID) -> dict[str, str]:
    """Return the status of each step."""
    return {step.name: step.status.value for step in seen(run_id).steps}


def events(run_id: UUID) -> list[str]:
    return [event.type for event in seen(run_id).events]


def row(run_id: UUID, name: str) -> StepRun:
    return StepRun.objects.get(run_id=run_id, name=name)


def claim(run_id: UUID | None = None) -> tuple[Claim, RunMemory]:
    """Claim what is due as a worker would, and leave it in flight."""
    claimed = backend_of(conf.database()).claim_due_step(
        worker="elsewhere:1", token=uuid4(), lease=30, run_id=run_id
    )
    assert claimed is not None
    memory = RunMemory.open(claimed.head, conf.database())
    memory.load_ancestors(claimed.claim.name, conf.database())
    return claimed.claim, memory


def settled(
    held: tuple[Claim, RunMemory], result: Result | None = None, *, go_on: bool = False
) -> Claim | None:
    """Settle a claim with that result."""
    done = Done("ok", None) if result is None else result
    return settle_and_claim_next(Execution(claim=held[0], memory=held[1], result=done, given={}, go_on=go_on))
