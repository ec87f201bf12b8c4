"""A result that no database can store fails its step clearly; the step isn't repeated for ever."""

from __future__ import annotations

from typing import Any

import pytest

from squid_mesh import Defer, Outcome, RetryLater, StepFailed
from squid_mesh.definitions.values.output import dump_value
from squid_mesh.lifecycle import FINISHED_RUN
from squid_mesh.models import Attempt, StepRun
from squid_mesh.tools.errors import ToolError
from tests.host import people, workflows
from tests.host.runs import driven, fast_forward, run_until_idle, seen

pytestmark = pytest.mark.django_db(transaction=True)
Plan = dict[str, Any]
NUL, HALF = "a\x00b", "a\ud800b"
HUGE = 10**5000


def nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


class Unreadable:
    """An object whose every description fails."""

    def __repr__(self) -> str:
        raise RuntimeError("unreadable")

    __str__ = __repr__


class Odd(ToolError):
    """A tool of the host's with unstorable texts."""

    code = NUL

    def __init__(self, delay: float | None = None, **details: Any) -> None:
        super().__init__(f"{NUL}{HALF}", kind="odd", retryable=True, **details)
        self.delay = delay


def own_type() -> Exception:
    kind = type("Strange", (Exception,), {})
    kind.__qualname__ = NUL
    kind.__module__ = HALF
    error: Exception = kind("hm")
    return error


OUTPUTS: dict[str, Any] = {
    "nul": {"a": NUL},
    "nul in a key": {NUL: 1},
    "half a character": {"a": HALF},
    "half a character in a key": {HALF: 1},
    "not a number": {"a": float("nan")},
    "infinite": {"a": [float("-inf")]},
    "too many digits": {"a": HUGE},
    "unreadable": {"a": Unreadable()},
}


@pytest.mark.parametrize("value", OUTPUTS.values(), ids=OUTPUTS)
def test_an_unstorable_output_fails_the_step_at_once(value: Any, plan: Plan) -> None:
    plan["flaky"] = lambda ctx: value
    run = seen(driven(workflows.Retries))
    assert run.error is not None
    assert (run.status, run.error["step"], run.error["code"]) == ("failed", "flaky", "invalid_output")
    assert [a.outcome for a in run.step("flaky").attempts] == ["failed"]


@pytest.mark.parametrize("depth", [31, 40, 5000])
def test_an_output_that_is_too_deep_fails_the_step_at_once_on_every_database(depth: int, plan: Plan) -> None:
    plan["flaky"] = lambda ctx: {"a": nested(depth)}
    run = seen(driven(workflows.Retries))
    assert run.error is not None
    assert (run.status, run.error["step"], run.error["code"]) == ("failed", "flaky", "limit_exceeded")
    assert [a.outcome for a in run.step("flaky").attempts] == ["failed"]


@pytest.mark.parametrize("label", [NUL, HALF])
def test_an_unstorable_label_is_an_unknown_outcome(label: str, plan: Plan) -> None:
    plan["only"] = lambda ctx: Outcome(label)
    run = seen(driven(workflows.Single))
    assert run.error is not None
    assert (run.status, run.error["code"]) == ("failed", "unknown_outcome")


@pytest.mark.parametrize("value", OUTPUTS.values(), ids=OUTPUTS)
def test_an_unstorable_output_with_a_label_fails_the_step(value: Any, plan: Plan) -> None:
    plan["only"] = lambda ctx: Outcome("ok", value)
    run = seen(driven(workflows.Single))
    assert run.error is not None
    assert (run.status, run.error["code"]) == ("failed", "invalid_output")


ERRORS: dict[str, Any] = {
    "message": ValueError(NUL + HALF),
    "unreadable message": ValueError(Unreadable()),
    "type": own_type(),
    "details with nul": StepFailed("no", detail=NUL),
    "details with half a character": StepFailed("no", **{HALF: 1}),
    "details with an unreadable object": StepFailed("no", detail=Unreadable()),
    "details with too many digits": StepFailed("no", detail=HUGE),
    "deep details": StepFailed("no", detail=nested(5000)),
    "later": RetryLater(NUL, seconds=5, detail=float("nan")),
    "code and message of a tool": Odd(),
    "details of a tool": Odd(detail={HALF: Unreadable()}),
    "a tool that waits for ever": Odd(delay=float("inf")),
    "a tool that waits for no number": Odd(delay=float("nan")),
    "a tool that waits since ever": Odd(delay=float("-inf")),
    "a tool that waits too long": Odd(delay=1e18),
}


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
def test_an_unstorable_error_is_stored_as_far_as_possible(error: Exception, plan: Plan) -> None:
    plan["flaky"] = lambda ctx: (_ for _ in ()).throw(error)
    run_id = driven(workflows.Retries)
    for _ in range(10):
        if seen(run_id).status in FINISHED_RUN:
            break
        fast_forward(run_id)
        run_until_idle()
    run = seen(run_id)
    assert run.status == "failed"
    assert run.error is not None
    assert dump_value([run.error, *(attempt.error for attempt in Attempt.objects.all())])
    assert StepRun.objects.get(run_id=run_id, name="flaky").crashes == 0


def test_an_unstorable_reason_to_defer_is_stored_as_far_as_possible(plan: Plan) -> None:
    plan["only"] = [Defer(NUL + HALF, seconds=5), None]
    run_id = driven(workflows.Single)
    assert "\N{REPLACEMENT CHARACTER}" in str(seen(run_id).step("only").attempts[0].error)
    fast_forward(run_id)
    run_until_idle()
    assert seen(run_id).status == "completed"


@pytest.mark.parametrize("name", [NUL, HALF])
def test_an_approval_for_an_unstorable_assignee_fails(name: str, plan: Plan) -> None:
    plan["reviewer"] = name
    run = seen(driven(people.Sole))
    assert run.error is not None
    assert (run.status, run.error["code"]) == ("failed", "step_failed")
