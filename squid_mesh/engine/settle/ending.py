"""The end of an execution or of a wait, and what both ways to settle it share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from squid_mesh.engine.claim import next_token
from squid_mesh.engine.run_memory import RunMemory
from squid_mesh.graph.advance import Reached
from squid_mesh.lifecycle import StepStatus, StoredStepStatus, move_step
from squid_mesh.processes import own
from squid_mesh.store.missing import is_left
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

    @property
    def next_token(self) -> UUID | None:
        """The token with which the worker claims the run's next step; None if it doesn't go on."""
        return next_token(self.claim) if self.go_on else None


def build_new_steps(reached: Reached, ending: Ending | None = None) -> list[NewStep]:
    """Return the rows of the steps that the run reaches.

    If a worker goes on, the first ready one that its cluster doesn't leave to others is claimed.
    """
    new = [
        NewStep(name=name, status=move_step(StepStatus.PENDING, StepStatus.SKIPPED))
        for name in reached.skipped
    ]
    ready = move_step(StepStatus.PENDING, StepStatus.READY)
    new += [NewStep(name=name, status=ready) for name in reached.ready]
    token = None if ending is None else ending.next_token
    if ending is None or token is None:
        return new
    for number, name in enumerate(reached.ready):
        if not is_left(ending.memory.head.fingerprint, name):
            own.show_claim(token)
            status = move_step(StepStatus.PENDING, StepStatus.RUNNING)
            new[len(reached.skipped) + number] = NewStep(name=name, status=status, token=token)
            break
    return new


def count_ready(new_steps: Sequence[NewStep]) -> int:
    """Return how many of the steps other workers may claim."""
    return sum(new.status is StepStatus.READY for new in new_steps)


def is_due_soon(change: StepChange) -> bool:
    """Return whether the step is due again before a sleeping cluster polls."""
    return change.delay is not None and change.delay <= _SOON
