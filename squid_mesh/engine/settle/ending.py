"""The end of an execution or of a wait, and what both ways to settle it share."""

from __future__ import annotations

from dataclasses import dataclass

from squid_mesh.engine.run_memory import RunMemory
from squid_mesh.graph.advance import Reached
from squid_mesh.lifecycle import StepStatus, StoredStepStatus, move_step
from squid_mesh.processes import own
from squid_mesh.store.values import Claim, NewStep, StepChange

#: A step due within this many seconds wakes up sleeping clusters, which poll only every second.
_SOON = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """A held claim and the change of its step.

    ``go_on``: the worker that settles has time for the run's next step. ``was``: the step's status as
    observers know it.
    """

    claim: Claim
    memory: RunMemory
    change: StepChange
    go_on: bool = False
    was: StoredStepStatus = StepStatus.RUNNING


def build_new_steps(reached: Reached, *, go_on: bool) -> list[NewStep]:
    """Return the rows of the steps that the run reaches; a worker that goes on claims the first ready one."""
    new = [
        NewStep(name=name, status=move_step(StepStatus.PENDING, StepStatus.SKIPPED))
        for name in reached.skipped
    ]
    for n, name in enumerate(reached.ready):
        claimed = go_on and n == 0
        status = StepStatus.RUNNING if claimed else StepStatus.READY
        new.append(
            NewStep(
                name=name,
                status=move_step(StepStatus.PENDING, status),
                token=own.new_token() if claimed else None,
            )
        )
    return new


def is_due_soon(change: StepChange) -> bool:
    """Return whether the step is due again before a sleeping cluster polls."""
    return change.delay is not None and change.delay <= _SOON
