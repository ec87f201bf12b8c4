"""A run's status follows from its open steps."""

from __future__ import annotations

import pytest

from squid_mesh.graph.status import derive_run_status
from squid_mesh.lifecycle import RunStatus, StepStatus

RUNNING = (StepStatus.RUNNING, "")
READY = (StepStatus.READY, "")
PAUSED = (StepStatus.PAUSED, "approval")
UNKNOWN = (StepStatus.UNKNOWN, "outcome")
RETRY = (StepStatus.WAITING, "retry")
TIMER = (StepStatus.WAITING, "timer")
ACTIVE = [RunStatus.PENDING, RunStatus.RUNNING, RunStatus.PAUSED, RunStatus.WAITING, RunStatus.RETRYING]


@pytest.mark.parametrize("before", ACTIVE)
@pytest.mark.parametrize(
    ("steps", "status"),
    [
        ([], RunStatus.COMPLETED),
        ([RUNNING], RunStatus.RUNNING),
        ([READY], RunStatus.RUNNING),
        ([RETRY, PAUSED, READY], RunStatus.RUNNING),
        ([RETRY, UNKNOWN, RUNNING], RunStatus.RUNNING),
        ([RETRY, TIMER, PAUSED], RunStatus.PAUSED),
        ([RETRY, UNKNOWN], RunStatus.PAUSED),
        ([TIMER, RETRY], RunStatus.RETRYING),
        ([TIMER], RunStatus.WAITING),
    ],
)
def test_what_workers_do_comes_first_then_people_then_time(
    before: RunStatus, steps: list[tuple[StepStatus, str]], status: RunStatus
) -> None:
    assert derive_run_status(before, steps) is status
    assert derive_run_status(before, reversed(steps)) is status


def test_a_run_with_a_failing_step_left_ends_failed() -> None:
    assert derive_run_status(RunStatus.RUNNING, [], failed=True) is RunStatus.FAILED
    assert derive_run_status(RunStatus.RUNNING, [READY], failed=True) is RunStatus.RUNNING


@pytest.mark.parametrize(
    ("before", "end"),
    [(RunStatus.FAILING, RunStatus.FAILED), (RunStatus.CANCELLING, RunStatus.CANCELLED)],
)
def test_an_ending_run_ends_with_its_last_running_step(before: RunStatus, end: RunStatus) -> None:
    assert derive_run_status(before, [UNKNOWN, RUNNING]) is before
    assert derive_run_status(before, [UNKNOWN]) is end
    assert derive_run_status(before, []) is end
