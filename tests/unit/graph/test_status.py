"""The status of a run follows from those of its open steps."""

from __future__ import annotations

import pytest

from squid_mesh.graph.status import derive_run_status
from squid_mesh.lifecycle import (
    RunStatus,
    StepStatus,
    StoredStepStatus,
    StoredWaitingFor,
    Unrecognized,
    WaitingFor,
)

READY = (StepStatus.READY, None)
RUNNING = (StepStatus.RUNNING, None)
APPROVAL = (StepStatus.PAUSED, WaitingFor.APPROVAL)
UNKNOWN = (StepStatus.UNKNOWN, WaitingFor.OUTCOME)
RETRY = (StepStatus.WAITING, WaitingFor.RETRY)
TIMER = (StepStatus.WAITING, WaitingFor.TIMER)
NEWER = (Unrecognized("compensating"), None)

Open = list[tuple[StoredStepStatus, StoredWaitingFor | None]]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([TIMER], RunStatus.WAITING),
        ([TIMER, RETRY], RunStatus.RETRYING),
        ([TIMER, RETRY, APPROVAL], RunStatus.PAUSED),
        ([RETRY, UNKNOWN], RunStatus.PAUSED),
        ([TIMER, APPROVAL, READY], RunStatus.RUNNING),
        ([APPROVAL, RUNNING], RunStatus.RUNNING),
        ([APPROVAL, NEWER], RunStatus.RUNNING),
        ([], RunStatus.COMPLETED),
    ],
)
def test_work_comes_before_people_and_people_before_times(steps: Open, expected: RunStatus) -> None:
    assert derive_run_status(RunStatus.RUNNING, steps) is expected


@pytest.mark.parametrize(
    ("before", "end"),
    [(RunStatus.FAILING, RunStatus.FAILED), (RunStatus.CANCELLING, RunStatus.CANCELLED)],
)
def test_a_run_that_is_ending_ends_with_its_last_running_step(before: RunStatus, end: RunStatus) -> None:
    assert derive_run_status(before, [RUNNING]) is before
    assert derive_run_status(before, [NEWER]) is before
    assert derive_run_status(before, [TIMER]) is end
    assert derive_run_status(before, []) is end


def test_a_run_that_was_reopened_beside_a_failing_step_ends_failed() -> None:
    assert derive_run_status(RunStatus.RUNNING, [], failed=True) is RunStatus.FAILED
