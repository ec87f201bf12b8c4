"""What a run's status is, given those of its steps."""

from __future__ import annotations

from collections.abc import Iterable

from squid_mesh.engine import announce
from squid_mesh.lifecycle import (
    ENDING_RUN,
    FINISHED_RUN,
    OPEN_STEP,
    RUN_EVENTS,
    RunStatus,
    StepStatus,
    WaitingFor,
    move_run,
)
from squid_mesh.models import Run
from squid_mesh.store import events, rows
from squid_mesh.store.values import Event

_HELD = (StepStatus.PAUSED, StepStatus.UNKNOWN)
_ENDS = {RunStatus.FAILING: RunStatus.FAILED, RunStatus.CANCELLING: RunStatus.CANCELLED}


def run_status(
    before: RunStatus, open_steps: Iterable[tuple[StepStatus, str]], *, failed: bool = False
) -> RunStatus:
    """The run's status, from the open steps' statuses and what they wait for.

    What moves comes before what needs a human, that before what a clock ends. A run that is ending goes on to
    its end once nothing is in flight. ``failed``: a step that fails its run was left so when the run was
    reopened, so that is how it ends.
    """
    steps = list(open_steps)
    if before in ENDING_RUN:
        in_flight = any(status is StepStatus.RUNNING for status, _ in steps)
        return before if in_flight else _ENDS[before]
    if not steps:
        return RunStatus.FAILED if failed else RunStatus.COMPLETED
    if any(status in (StepStatus.RUNNING, StepStatus.READY) for status, _ in steps):
        return RunStatus.RUNNING
    if any(status in _HELD for status, _ in steps):
        return RunStatus.PAUSED
    if any(waiting_for == WaitingFor.RETRY for _, waiting_for in steps):
        return RunStatus.RETRYING
    return RunStatus.WAITING


def move_by_steps(run: Run, using: str) -> None:
    """Give a locked run the status that its steps give it now."""
    before = RunStatus(run.status)
    steps = [(s.status, s.waiting_for) for s in rows.steps_of(run.pk, using) if s.status in OPEN_STEP]
    after = run_status(before, steps)
    if after is before:
        return
    rows.set_run(run.pk, move_run(before, after), using)
    if after in FINISHED_RUN:
        events.append(run.pk, [Event(type=RUN_EVENTS[after])], using)
    announce.run_moved(run.pk, run.workflow, before, after, using)
