"""What a run's status is, given those of its steps."""

from __future__ import annotations

from collections.abc import Iterable

from squid_mesh.lifecycle import ENDING_RUN, RunStatus, StepStatus, WaitingFor

_HELD = (StepStatus.PAUSED, StepStatus.UNKNOWN)
_ENDS = {RunStatus.FAILING: RunStatus.FAILED, RunStatus.CANCELLING: RunStatus.CANCELLED}


def run_status(before: RunStatus, open_steps: Iterable[tuple[StepStatus, str]]) -> RunStatus:
    """The run's status, from the open steps' statuses and what they wait for.

    What moves comes before what needs a human, that before what a clock ends. A run that is ending goes on to
    its end once nothing is in flight.
    """
    steps = list(open_steps)
    if before in ENDING_RUN:
        in_flight = any(status is StepStatus.RUNNING for status, _ in steps)
        return before if in_flight else _ENDS[before]
    if not steps:
        return RunStatus.COMPLETED
    if any(status in (StepStatus.RUNNING, StepStatus.READY) for status, _ in steps):
        return RunStatus.RUNNING
    if any(status in _HELD for status, _ in steps):
        return RunStatus.PAUSED
    if any(waiting_for == WaitingFor.RETRY for _, waiting_for in steps):
        return RunStatus.RETRYING
    return RunStatus.WAITING
