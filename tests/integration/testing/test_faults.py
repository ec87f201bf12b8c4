"""Fault points: what goes wrong after the step's effect."""

from __future__ import annotations

import pytest

from squid_mesh import api
from squid_mesh.exceptions import InvalidArgument
from squid_mesh.testing import Fault, advance, assert_steps, drain, fail_at, run_workflow
from squid_mesh.testing.errors import FaultNotReached, NotAStep
from tests.host import steps, workflows


def outcomes(run, step: str) -> list[str]:
    return [str(attempt.outcome) for attempt in api.inspect_run(run.id, history=True).step(step).attempts]


def test_after_a_lost_acknowledgement_the_step_is_retried(calls) -> None:
    with fail_at(Fault.LOST_ACKNOWLEDGEMENT, workflows.Retries.flaky, times=2):
        run = run_workflow(workflows.Retries)
    assert outcomes(run, "flaky") == ["failed", "failed", "completed"]
    assert calls == ["flaky"] * 3 + ["after"]
    keys = {context.idempotency_key for context in steps.CONTEXTS if context.step == "flaky"}
    assert len(keys) == 1


def test_a_lost_acknowledgement_fails_a_step_without_retries() -> None:
    with fail_at("lost_acknowledgement", workflows.Single.only):
        run = run_workflow(workflows.Single)
    assert run.step("only").error["type"] == "builtins.ConnectionError"


def test_the_policy_sees_a_lost_acknowledgement(calls) -> None:
    with fail_at("lost_acknowledgement", workflows.Picky.flaky):
        assert_steps(run_workflow(workflows.Picky), [("flaky", "failed")])
    assert calls == ["flaky"]


def test_after_a_crash_the_step_runs_again_when_its_lease_expires(calls) -> None:
    with fail_at(Fault.CRASH_AFTER_EFFECT, workflows.Chain.two):
        run = api.start_run(workflows.Chain, {"order_id": 1})
        drain()
        assert_steps(run, ["one", ("two", "running")])
        advance(seconds=40, cron=())
    assert_steps(run, ["one", "two", "three"])
    assert outcomes(run, "two") == ["interrupted", "completed"]
    assert calls == ["one", "two", "two", "three"]


def test_a_crash_stops_only_the_work_of_that_step(calls) -> None:
    with fail_at(Fault.CRASH_AFTER_EFFECT, workflows.Single.only):
        api.start_run(workflows.Single)
        other = api.start_run(workflows.Chain, {"order_id": 1})
        drain()
        assert api.inspect_run(other.id).status == "completed"


def test_an_irreversible_step_is_not_repeated_after_a_crash(calls) -> None:
    with fail_at(Fault.CRASH_AFTER_EFFECT, workflows.Pays.ship):
        run = api.start_run(workflows.Pays, {"order_id": 7})
        advance(minutes=5, cron=())
    assert_steps(run, ["charge", ("ship", "unknown")])
    assert calls == ["charge", "ship"]
    assert api.resolve_step(run.id, "ship", reason="it is in the post").status == "completed"


def test_what_a_worker_writes_after_it_lost_its_lease_is_dropped(calls, plan) -> None:
    plan["only"] = ["of the first worker", "of the second"]
    with fail_at(Fault.LOST_LEASE, workflows.Kept.only):
        run = run_workflow(workflows.Kept)
    assert run.state["kept"] == "of the second"
    assert outcomes(run, "only") == ["interrupted", "completed"]


def test_without_a_step_the_next_one_is_hit(calls) -> None:
    with fail_at("crash_after_effect"):
        run = run_workflow(workflows.Chain, {"order_id": 1})
    assert outcomes(run, "one") == ["interrupted", "completed"]
    assert calls == ["one", "one", "two", "three"]


def test_a_fault_that_does_not_happen_fails_the_test(plan) -> None:
    plan["one"] = ValueError("broken before the fault")
    with pytest.raises(FaultNotReached) as caught, fail_at("lost_lease", workflows.Chain.one):
        run_workflow(workflows.Chain, {"order_id": 1})
    assert caught.value.details == {"point": "lost_lease", "step": "one", "left": 1}
    assert caught.value.message == (
        "The fault lost_lease should have happened once more, "
        "but step one didn't run that often, or its code failed."
    )


def test_an_error_in_the_body_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError), fail_at("lost_lease", workflows.Chain.one):
        raise ZeroDivisionError


@pytest.mark.parametrize(("point", "step", "times"), [("fire", None, 1), ("lost_lease", None, 0)])
def test_wrong_arguments_are_typed_errors(point: str, step, times: int) -> None:
    with pytest.raises(InvalidArgument), fail_at(point, step, times=times):
        pass


def test_a_fault_needs_a_step_of_a_workflow() -> None:
    with pytest.raises(NotAStep), fail_at("lost_lease", steps.act):
        pass
