"""One step: retries, waits, timeouts, invalid inputs and outputs, missing code."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any

import pytest

from squid_mesh import Defer, RetryLater, StepContext, StepFailed, api
from squid_mesh.definitions.code_paths import load_code
from squid_mesh.models import StepRun
from tests.host import steps, workflows
from tests.host.runs import driven, events, fast_forward, row, run_until_idle, seen

Plan = dict[str, Any]


def seconds_to(step: StepRun) -> float:
    assert step.due_at is not None
    assert step.started_at is not None
    return (step.due_at - step.started_at).total_seconds()


def test_retries_wait_longer_each_time_until_none_is_left(plan: Plan, calls: list[str]) -> None:
    plan["flaky"] = lambda ctx: (_ for _ in ()).throw(steps.Busy(f"try {ctx.attempt}"))
    run_id = driven(workflows.Retries)
    for n, delay in enumerate((10, 20, 25), start=1):
        step = row(run_id, "flaky")
        assert (step.status, step.waiting_for, step.failures) == ("waiting", "retry", n)
        assert seconds_to(step) == pytest.approx(delay, abs=2)
        assert seen(run_id).status == "retrying"
        assert run_until_idle() == 0
        assert fast_forward(run_id) == 1
        run_until_idle()
    run = seen(run_id)
    assert run.status == "failed"
    assert (run.step("flaky").attempt, run.step("flaky").failures) == (4, 4)
    assert [(a.number, a.outcome) for a in run.step("flaky").attempts] == [
        (n, "failed") for n in (1, 2, 3, 4)
    ]
    assert [(a.error or {})["message"] for a in run.step("flaky").attempts][-1] == "try 4"
    assert calls == ["flaky"] * 4


def test_a_retry_that_succeeds_goes_on(plan: Plan) -> None:
    plan["flaky"] = [steps.Busy(), {"a": 1}]
    run_id = driven(workflows.Retries)
    fast_forward(run_id)
    run_until_idle()
    run = seen(run_id)
    assert run.status == "completed"
    step = run.step("flaky")
    assert (step.attempt, step.failures, step.error) == (2, 1, None)


@pytest.mark.parametrize(
    ("workflow", "error", "tries"),
    [
        (workflows.Picky, steps.Busy(), 3),
        (workflows.Picky, steps.Broken(), 1),
        (workflows.Resigned, steps.Busy(), 3),
        (workflows.Resigned, steps.Broken(), 1),
        (workflows.Resigned, StepFailed("for good"), 1),
        (workflows.Resigned, SystemExit(3), 3),
        (workflows.Resigned, asyncio.CancelledError(), 3),
    ],
)
def test_the_policy_decides_which_errors_are_retried(
    workflow: Any, error: BaseException, tries: int, plan: Plan, calls: list[str]
) -> None:
    plan["flaky"] = [error] * 5
    assert seen(driven(workflow)).status == "failed"
    assert len(calls) == tries


def test_an_exception_class_that_is_not_installed_matches_nothing(
    plan: Plan, calls: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    run_id = api.start_run(workflows.Picky).id
    plan["flaky"] = steps.Busy()
    load_code.cache_clear()
    monkeypatch.delattr(steps, "Busy")
    run_until_idle()
    assert len(calls) == 1
    assert seen(run_id).status == "failed"
    assert "tests.host.steps:Busy" in caplog.text
    load_code.cache_clear()


def test_sys_exit_fails_the_step_and_not_the_worker(plan: Plan) -> None:
    plan["only"] = lambda ctx: sys.exit(4)
    run = seen(driven(workflows.Single))
    assert run.error is not None
    assert run.error["type"] == "builtins.SystemExit"


def test_a_step_chooses_its_own_delay(plan: Plan) -> None:
    plan["flaky"] = RetryLater("busy", seconds=77, host="x")
    step = row(driven(workflows.Retries), "flaky")
    assert seconds_to(step) == pytest.approx(77, abs=2)
    assert step.error["details"] == {"host": "x"}


def test_a_delay_of_its_own_gives_no_further_try(plan: Plan) -> None:
    plan["only"] = RetryLater("busy", seconds=77)
    assert seen(driven(workflows.Single)).status == "failed"


def test_a_step_that_defers_runs_again_and_has_not_failed(plan: Plan) -> None:
    plan["only"] = [Defer("not yet", minutes=1), {"a": 1}]
    run_id = driven(workflows.Single)
    step = row(run_id, "only")
    assert (step.status, step.waiting_for, step.failures, step.deferrals) == ("waiting", "defer", 0, 1)
    assert seconds_to(step) == pytest.approx(60, abs=2)
    assert seen(run_id).status == "waiting"
    fast_forward(run_id)
    run_until_idle()
    run = seen(run_id)
    assert run.status == "completed"
    assert [a.outcome for a in run.step("only").attempts] == ["deferred", "completed"]
    assert [c.resumed for c in steps.CONTEXTS] == [False, True]
    assert run.step("only").attempts[0].error == {"type": "Defer", "message": "not yet"}


def test_a_wait_sleeps_once_and_completes(plan: Plan, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "squid_mesh.step")
    run_id = driven(workflows.Sleeps, {"order_id": 9})
    step = row(run_id, "nap")
    assert (step.status, step.waiting_for) == ("waiting", "timer")
    assert seconds_to(step) == pytest.approx(3600, abs=2)
    assert seen(run_id).status == "waiting"
    assert fast_forward(run_id) == 1
    assert run_until_idle() == 2
    assert seen(run_id).status == "completed"
    assert [a.outcome for a in seen(run_id).step("nap").attempts] == ["waiting", "completed"]
    (said,) = [r for r in caplog.records if r.name == "squid_mesh.step"]
    assert said.getMessage() == "slept after 9"
    facts = vars(said)
    assert (facts["run_id"], facts["workflow"], facts["step"]) == (str(run_id), "host.Sleeps", "after")
    assert facts["attempt"] == 1


def test_a_step_is_stopped_at_its_timeout(plan: Plan) -> None:
    plan["slow"] = lambda ctx: time.sleep(20)
    began = time.monotonic()
    run = seen(driven(workflows.Short))
    assert time.monotonic() - began < 10
    assert run.error is not None
    assert (run.status, run.error["type"]) == ("failed", "Timeout")
    assert [a.outcome for a in run.step("slow").attempts] == ["timed_out"]


def test_a_step_that_swallows_its_timeout_still_times_out(plan: Plan) -> None:
    def stubborn(ctx: StepContext) -> None:
        try:
            time.sleep(20)
        except BaseException:  # noqa: BLE001 - that's the point
            return

    plan["slow"] = stubborn
    run = seen(driven(workflows.Short))
    assert [a.outcome for a in run.step("slow").attempts] == ["timed_out"]
    assert run.status == "failed"


def test_an_async_step_is_stopped_at_its_timeout_and_retried(plan: Plan, calls: list[str]) -> None:
    async def slow(ctx: StepContext) -> None:
        await asyncio.sleep(20 if ctx.attempt == 1 else 0)

    plan["slow"] = slow
    run = seen(driven(workflows.ShortAsync))
    assert [a.outcome for a in run.step("slow").attempts] == ["timed_out", "completed"]
    assert run.status == "completed"


def test_each_call_of_an_async_step_has_an_event_loop_that_ends_with_it(plan: Plan) -> None:
    loops: list[asyncio.AbstractEventLoop] = []

    async def remember(ctx: StepContext) -> None:
        assert all(loop.is_closed() for loop in loops)
        loops.append(asyncio.get_running_loop())

    plan["slow"] = remember
    runs = [seen(driven(workflows.ShortAsync)) for _ in range(2)]
    assert [run.status for run in runs] == ["completed", "completed"]
    assert len(set(loops)) == 2
    assert all(loop.is_closed() for loop in loops)


def test_a_timeout_error_of_an_async_steps_own_is_an_ordinary_failure(plan: Plan) -> None:
    async def fails(ctx: StepContext) -> None:
        raise TimeoutError("the other side")

    plan["slow"] = [fails, fails]
    run = seen(driven(workflows.InTimeAsync))
    assert [a.outcome for a in run.step("slow").attempts] == ["failed", "failed"]


def test_an_input_that_does_not_fit_fails_the_step_before_it_runs(calls: list[str], plan: Plan) -> None:
    run = seen(driven(workflows.Counts))
    assert "count" not in calls
    assert run.error is not None
    assert (run.error["step"], run.error["code"]) == ("count", "invalid_input")
    assert "amount" in str(run.error["details"]["errors"])


@pytest.mark.parametrize(
    "value", [{"a": "x\x00y"}, {"a": float("nan")}, {"a": "\ud800"}, {"a": object()}, [1], "text"]
)
def test_an_output_that_can_not_be_stored_fails_the_step(value: Any, plan: Plan) -> None:
    plan["only"] = lambda ctx: value
    run = seen(driven(workflows.Single))
    assert run.error is not None
    assert (run.status, run.error["code"]) == ("failed", "invalid_output")
    assert run.step("only").output is None


@pytest.mark.parametrize("value", [{"a": "\\u0000 and ü 🦑"}, {"a": 1.5e20, "b": [None, True]}, {}, None])
def test_an_output_comes_back_as_it_was(value: Any, plan: Plan) -> None:
    plan["only"] = lambda ctx: value
    assert seen(driven(workflows.Kept)).step("only").output == value


def test_an_unmergeable_output_is_kept_under_a_key(plan: Plan) -> None:
    plan["only"] = [[1, 2]]
    assert seen(driven(workflows.Kept)).state == {"kept": [1, 2]}


def test_an_error_that_no_database_could_store_is_cleaned(plan: Plan) -> None:
    plan["only"] = StepFailed("a\x00b\ud800", detail="c\x00")
    run = seen(driven(workflows.Single))
    assert run.error is not None
    assert run.error["message"] == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"


def test_a_run_whose_code_is_missing_pauses_and_goes_on_when_it_is_back(plan: Plan, calls: list[str]) -> None:
    run_id = api.start_run(workflows.Single).id
    load_code.cache_clear()
    with pytest.MonkeyPatch.context() as patched:
        patched.delattr(steps, "act")
        run_until_idle()
        run = seen(run_id)
        assert (run.status, run.step("only").status, run.step("only").waiting_for) == (
            "paused",
            "paused",
            "code",
        )
        assert (run.step("only").error or {})["code"] == "code_missing"
        assert run.step("only").attempt == 0
        fast_forward(run_id)
        run_until_idle()
        assert events(run_id) == ["run_started", "code_missing"]
        assert not run.step("only").attempts
    fast_forward(run_id)
    run_until_idle()
    run = seen(run_id)
    assert (run.status, run.step("only").attempt, run.step("only").error) == ("completed", 1, None)
    assert calls == ["only"]


def test_code_that_is_no_longer_callable_is_missing(plan: Plan) -> None:
    run_id = api.start_run(workflows.Single).id
    load_code.cache_clear()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(steps, "act", 5)
        run_until_idle()
    load_code.cache_clear()
    assert seen(run_id).step("only").waiting_for == "code"
