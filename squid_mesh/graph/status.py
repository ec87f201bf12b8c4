"""The status of a run, derived from those of its open steps."""

from __future__ import annotations

from collections.abc import Iterable

from squid_mesh.lifecycle import (
    ENDING_RUN,
    RunStatus,
    StepStatus,
    StoredStepStatus,
    StoredWaitingFor,
    Unrecognized,
    WaitingFor,
)

_HELD = (StepStatus.PAUSED, StepStatus.UNKNOWN)
_ENDS = {RunStatus.FAILING: RunStatus.FAILED, RunStatus.CANCELLING: RunStatus.CANCELLED}


def derive_run_status(
    before: RunStatus,
    open_steps: Iterable[tuple[StoredStepStatus, StoredWaitingFor | None]],
    *,
    failed: bool = False,
) -> RunStatus:
    """Return the run's status, from the open steps' statuses and what they wait for.

    Steps that workers execute or will execute come first, then steps that need a person, then steps that wait
    for a time. A run that is ending reaches its end once no step is running. A status that a newer version
    wrote counts as running: that version moves the step. ``failed``: a step that fails the run was left as it
    is when the run was reopened, so the run ends failed.
    """
    steps = list(open_steps)
    if before in ENDING_RUN:
        in_flight = any(_is_running(status) for status, _ in steps)
        return before if in_flight else _ENDS[before]
    if not steps:
        return RunStatus.FAILED if failed else RunStatus.COMPLETED
    if any(_is_running(status) or status is StepStatus.READY for status, _ in steps):
        return RunStatus.RUNNING
    if any(status in _HELD for status, _ in steps):
        return RunStatus.PAUSED
    if any(waiting_for is WaitingFor.RETRY for _, waiting_for in steps):
        return RunStatus.RETRYING
    return RunStatus.WAITING


def _is_running(status: StoredStepStatus) -> bool:
    return status is StepStatus.RUNNING or isinstance(status, Unrecognized)
