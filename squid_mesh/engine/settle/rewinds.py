"""Going back: a step and all that follows it get a new visit, and what they did becomes history."""

from __future__ import annotations

from collections.abc import Sequence, Set
from uuid import UUID

from squid_mesh.engine import announce
from squid_mesh.lifecycle import AttemptOutcome, StepStatus, move_step
from squid_mesh.models import Run
from squid_mesh.store.claims import claim_of, record_attempt
from squid_mesh.store.steps import end_current_visits


def take_back(run: Run, names: Sequence[str], settling: Set[int], why: str, using: str) -> None:
    """Make the current visits of those steps history; those that are open are cancelled.

    The rows in ``settling`` are left to whoever settles them, but for being history. A worker that holds one
    of the others has lost it: its attempt is recorded as interrupted, its settle will be refused.
    """
    for step in end_current_visits(run.pk, names, settling, using):
        before = StepStatus(step.status)
        if before is StepStatus.RUNNING:
            error = {"type": "Rewind", "code": "taken_back", "message": why}
            record_attempt(claim_of(step), AttemptOutcome.INTERRUPTED, error, using)
        _announce(run.pk, run.workflow, step.name, step.visit, before, using)


def _announce(run_id: UUID, workflow: str, name: str, visit: int, before: StepStatus, using: str) -> None:
    after = move_step(before, StepStatus.CANCELLED)
    announce.step_moved(run_id, workflow, name, before, after, using, visit=visit)
