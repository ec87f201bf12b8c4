"""Taking visits back: they become history, because the run goes back to an earlier step."""

from __future__ import annotations

from collections.abc import Sequence, Set

from squid_mesh.engine.announcements import announce_step
from squid_mesh.lifecycle import AttemptOutcome, StepStatus, move_step
from squid_mesh.models import Run
from squid_mesh.store.claims import claim_of, record_attempt
from squid_mesh.store.steps import end_current_visits


def take_back_visits(run: Run, names: Sequence[str], settling: Set[int], why: str, using: str) -> None:
    """Make the current visits of those steps history, and cancel the open ones.

    The rows in ``settling`` keep their status: their worker settles them. A worker that holds another of them
    loses it: its attempt is recorded as interrupted, and its settle will write nothing.
    """
    for step in end_current_visits(run.pk, names, settling, using):
        before = StepStatus(step.status)
        if before is StepStatus.RUNNING:
            error = {"type": "Rewind", "code": "taken_back", "message": why}
            record_attempt(claim_of(step), AttemptOutcome.INTERRUPTED, error, using)
        after = move_step(before, StepStatus.CANCELLED)
        announce_step(run.pk, run.workflow, step.name, before, after, using, visit=step.visit)
