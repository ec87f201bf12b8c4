"""The errors of the test kit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from squid_mesh.exceptions import SquidMeshError


class TestKitError(SquidMeshError):
    """Base of the test kit's errors."""

    code = "test_kit_error"
    __test__ = False  # not a class of tests


class VirtualTimeClosed(TestKitError):
    """A function had to move the time outside of :func:`squid_mesh.testing.virtual_time`."""

    code = "virtual_time_closed"

    def __init__(self) -> None:
        super().__init__(
            "Time moves inside virtual_time() only, which resets it after the test. The pytest plugin "
            "opens it for each test; in a test case of unittest or Django, call "
            "self.enterContext(virtual_time()) in setUp."
        )


class StillBusy(TestKitError):
    """After the limit of real time, steps were still due.

    ``details``: ``seconds``, and ``steps``, each with ``run_id``, ``workflow`` and ``step``: the steps that
    are due or wait for a time.
    """

    code = "still_busy"

    def __init__(self, seconds: float, steps: Iterable[tuple[UUID, str, str]]) -> None:
        listed = [{"run_id": str(run), "workflow": workflow, "step": step} for run, workflow, step in steps]
        names = sorted({f"{one['step']} of {one['workflow']}" for one in listed})
        super().__init__(
            f"After {seconds:g} seconds of real time there was still work: {', '.join(names) or 'no step'}. "
            "Does a step defer itself or retry with hardly any delay? Does a cron trigger fire too often for "
            "the test?",
            seconds=seconds,
            steps=listed,
        )


class RunNotEnded(TestKitError):
    """A run doesn't end without people. ``details``: ``run_id``, ``status``, ``explanation``."""

    code = "run_not_ended"

    def __init__(self, run_id: UUID, workflow: str, status: str, explanation: str) -> None:
        super().__init__(
            f"The run of {workflow} is {status} and doesn't end without people. {explanation}",
            run_id=str(run_id),
            status=status,
            explanation=explanation,
        )


class NotAStep(TestKitError):
    """A reference isn't a step whose code a test can replace. ``details["reference"]``."""

    code = "not_a_step"

    def __init__(self, reference: Any, problem: str) -> None:
        super().__init__(f"{reference!r} {problem}", reference=repr(reference))


class FaultNotReached(TestKitError):
    """A fault that a test asked for didn't happen. ``details``: ``point``, ``step``, ``left``."""

    code = "fault_not_reached"

    def __init__(self, point: str, step: str | None, left: int) -> None:
        times = "once more" if left == 1 else f"{left} more times"
        reason = f"step {step} didn't run that often, or its code failed"
        if step is None:
            reason = "no further step's code returned a result"
        super().__init__(
            f"The fault {point} should have happened {times}, but {reason}.",
            point=point,
            step=step,
            left=left,
        )


class StepsDiffer(TestKitError, AssertionError):
    """The steps of a run differ from the expected ones. ``details``: ``expected``, ``actual``."""

    code = "steps_differ"

    def __init__(
        self,
        message: str,
        *,
        expected: Sequence[tuple[str, str]],
        actual: Sequence[tuple[str, str]],
    ) -> None:
        super().__init__(
            message,
            expected=[list(one) for one in expected],
            actual=[list(one) for one in actual],
        )


class WorkflowProblems(TestKitError, AssertionError):
    """The installed code can't execute some workflows or stored runs. ``details["problems"]``."""

    code = "workflow_problems"

    def __init__(self, problems: Sequence[str]) -> None:
        lines = "\n".join(f"- {problem}" for problem in problems)
        super().__init__(f"{len(problems)} problems of workflows:\n{lines}", problems=list(problems))
