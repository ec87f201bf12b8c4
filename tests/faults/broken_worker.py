"""Ways to break a worker: without what the engine does right, the checks of a campaign must fail."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import ModuleType
from typing import Any, Final

from squid_mesh.dispatch import delivery
from squid_mesh.engine import recovery
from squid_mesh.engine.run_memory import RunMemory
from squid_mesh.engine.settle.execution import Execution, settle_and_claim_next
from squid_mesh.engine.settle.results import Done
from squid_mesh.engine.worker import slice as worker_slice
from squid_mesh.engine.worker.invoke import Invocation
from squid_mesh.engine.worker.traced import invoke_traced
from squid_mesh.models import StepRun
from squid_mesh.store.claims import ExpiredLease
from squid_mesh.store.clock import now_plus
from squid_mesh.store.locks import lock_rows
from squid_mesh.store.values import Claim

_deliver = delivery._deliver
#: Seconds until a step is due again that was never recorded as running.
_AGAIN: Final = 1.5


def _replace(module: ModuleType, name: str, function: Callable[..., Any]) -> None:
    """Let the module call another function under that name."""
    assert hasattr(module, name), f"{module.__name__} has no {name}: the control would break nothing"
    setattr(module, name, function)


def settle_any_claim() -> None:
    """Fencing off: a settle writes, whichever claim holds the step now."""

    def settle(execution: Execution) -> Claim | None:
        step = StepRun.objects.get(pk=execution.claim.step_id)
        if step.claim_token is not None:
            claim = replace(execution.claim, token=step.claim_token, attempt=step.attempt_number)
            execution = replace(execution, claim=claim)
        return settle_and_claim_next(execution)

    _replace(worker_slice, "settle_and_claim_next", settle)


def recover_living_workers() -> None:
    """Lease check off: a step is taken from its worker although the lease hasn't expired."""

    def find(using: str, limit: int = 100) -> list[ExpiredLease]:
        held = StepRun.objects.using(using).filter(lease_until__isnull=False)
        found = held.values_list("pk", "run_id")[:limit]
        return [ExpiredLease(step_id=step_id, run_id=run_id) for step_id, run_id in found]

    def lock(step_id: int, using: str) -> StepRun | None:
        held = StepRun.objects.using(using).filter(pk=step_id, lease_until__isnull=False)
        return lock_rows(held, using).first()

    _replace(recovery, "find_expired_leases", find)
    _replace(recovery, "lock_expired_step", lock)
    _replace(delivery, "_deliver", lambda recover_first: _deliver(True))


def record_after_effect() -> None:
    """Attempt after effect: that a step runs is recorded when its code has ended, not before."""

    def invoke(claim: Claim, memory: RunMemory) -> Invocation:
        row = StepRun.objects.filter(pk=claim.step_id)
        row.filter(claim_token=claim.token).update(
            status="ready",
            due_at=now_plus(_AGAIN),
            claim_token=None,
            lease_until=None,
            attempt_number=claim.attempt - 1,
        )
        invocation = invoke_traced(claim, memory)
        row.filter(claim_token=None).update(
            status="running",
            due_at=None,
            claim_token=claim.token,
            lease_until=now_plus(_AGAIN),
            attempt_number=claim.attempt,
        )
        return invocation

    _replace(worker_slice, "invoke_traced", invoke)


def settle_before_effect() -> None:
    """Result before effect: the result is stored first, and the step's code runs after that."""

    def invoke(claim: Claim, memory: RunMemory) -> Invocation:
        return Invocation(Done("ok", {"attempt": claim.attempt, "pid": os.getpid()}), None)

    def settle(execution: Execution) -> Claim | None:
        following = settle_and_claim_next(execution)
        invoke_traced(execution.claim, execution.memory)
        return following

    _replace(worker_slice, "invoke_traced", invoke)
    _replace(worker_slice, "settle_and_claim_next", settle)


#: All ways by the names of their functions.
WAYS: Final[Mapping[str, Callable[[], None]]] = {
    way.__name__: way
    for way in (settle_any_claim, recover_living_workers, record_after_effect, settle_before_effect)
}
