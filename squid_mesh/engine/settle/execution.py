"""Settling an execution: its attempt, its step, what the run reaches and its status, in one transaction."""

from __future__ import annotations

import random
from dataclasses import dataclass

from squid_mesh import conf
from squid_mesh.engine.run_memory import RunMemory
from squid_mesh.engine.settle.changes import derive_change
from squid_mesh.engine.settle.ending import Ending
from squid_mesh.engine.settle.locked import settle_locked
from squid_mesh.engine.settle.results import Result
from squid_mesh.engine.settle.sequential import settle_sequential
from squid_mesh.lifecycle import StepStatus, move_step
from squid_mesh.store.values import Claim, Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """A claimed step that has run, the input it ran with, and its result.

    ``go_on``: the worker has time for the run's next step.
    """

    claim: Claim
    memory: RunMemory
    result: Result
    given: Json
    go_on: bool


def settle_and_claim_next(execution: Execution) -> Claim | None:
    """Write the result, and return the run's next step, claimed, if this worker goes on with it.

    Writes nothing and returns None if the worker has lost its claim.
    """
    settings = conf.current()
    change = derive_change(
        execution.result,
        execution.memory.blueprint.by_name[execution.claim.name],
        execution.claim,
        execution.given,
        chance=random.random(),  # noqa: S311 - jitter
        recheck=settings.CODE_RECHECK_SECONDS,
    )
    move_step(StepStatus.RUNNING, change.status)
    ending = Ending(claim=execution.claim, memory=execution.memory, change=change, go_on=execution.go_on)
    if ending.memory.blueprint.is_sequential:
        settled = settle_sequential(ending, settings)
        if settled is not None:
            return settled.next
    return settle_locked(ending, settings)
