"""Steps replaced by reference: input, guard, retries and result stay as they are."""

from __future__ import annotations

import pytest

from squid_mesh import StepContext, api
from squid_mesh.exceptions import InvalidArgument
from squid_mesh.testing import advance, assert_steps, drain, fake, run_workflow
from squid_mesh.testing.errors import NotAStep
from squid_mesh.testing.fakes import ACTIVE
from tests.host import people, steps, workflows


def test_a_fake_returns_a_value_instead_of_calling_the_step(calls) -> None:
    with fake(workflows.Pays.charge, returns={"charged": 99}) as charge:
        run = run_workflow(workflows.Pays, {"order_id": 7})
    assert run.state["charged"] == 99
    assert charge.calls == [{"order_id": 7}]
    assert calls == ["ship"]


def test_the_step_has_its_own_code_again_afterwards(calls) -> None:
    with fake(workflows.Pays.charge):
        run_workflow(workflows.Pays, {"order_id": 7})
    run_workflow(workflows.Pays, {"order_id": 7})
    assert calls.count("charge") == 1
    assert vars(ACTIVE) == {}


def test_a_fake_raises_an_error_that_the_retry_policy_sees() -> None:
    with fake(workflows.Retries.flaky, raises=ConnectionError("closed")) as flaky:
        run = run_workflow(workflows.Retries)
    assert run.status == "failed"
    assert len(flaky.calls) == 4


def test_a_fake_calls_a_function_with_parameters_of_its_own() -> None:
    def charge(order_id: int, ctx: StepContext) -> dict[str, int]:
        return {"charged": order_id * ctx.attempt * 10}

    with fake(workflows.Pays.charge, calls=charge):
        assert run_workflow(workflows.Pays, {"order_id": 7}).state["charged"] == 70


def test_a_fake_may_be_async_and_replace_an_async_step() -> None:
    async def say() -> str:
        return "hello"

    with fake(workflows.Async.only, calls=say):
        assert run_workflow(workflows.Async).state["said"] == "hello"
    with fake(workflows.Async.only, returns="goodbye"):
        assert run_workflow(workflows.Async).state["said"] == "goodbye"


def test_only_the_step_of_that_workflow_is_replaced(calls) -> None:
    with fake(workflows.Chain.one):
        run_workflow(workflows.Spread)
        assert len(calls) == 4
        run_workflow(workflows.Chain, {"order_id": 1})
    assert calls[4:] == ["two", "three"]


def test_the_result_of_a_fake_is_checked_as_the_steps_own() -> None:
    with fake(people.Checks.check, returns={"reference": 1, "amount": "many"}):
        run = api.start_run(people.Checks, {"order_id": 7})
        drain()
    assert api.inspect_run(run.id).step("check").error["code"] == "invalid_output"


def test_the_input_is_bound_as_for_the_step() -> None:
    with fake(workflows.Counts.count, returns=1):
        assert run_workflow(workflows.Counts).step("count").error["code"] == "invalid_input"


def test_the_newest_fake_of_a_step_counts() -> None:
    with fake(workflows.Kept.only, returns="old"), fake(workflows.Kept.only, returns="new"):
        assert run_workflow(workflows.Kept).state["kept"] == "new"


def test_a_guard_still_decides(plan) -> None:
    plan["maybe?"] = False
    with fake(workflows.Guarded.maybe) as maybe:
        assert_steps(run_workflow(workflows.Guarded), ["before", ("maybe", "bypassed"), "after"])
    assert maybe.calls == []


@pytest.mark.parametrize(
    ("reference", "hint"),
    [
        (steps.count, "It is the code of Counts.count."),
        ("count", "Pass the attribute of the workflow"),
        (workflows.Sleeps.nap, "Call advance() for a wait"),
        (workflows.Sleeps, "is not a step"),
    ],
    ids=["function", "text", "built-in", "workflow"],
)
def test_a_reference_that_is_no_step_is_a_typed_error(reference, hint: str) -> None:
    with pytest.raises(NotAStep) as caught, fake(reference, returns=1):
        pass
    assert caught.value.code == "not_a_step"
    assert caught.value.details == {"reference": repr(reference)}
    assert hint in caught.value.message


def test_a_fake_does_one_thing() -> None:
    with pytest.raises(InvalidArgument), fake(workflows.Kept.only, returns=None, raises=ValueError):
        pass


def test_the_function_of_a_fake_must_be_callable_as_a_step() -> None:
    def takes_anything(*values: int) -> None:
        pass

    with pytest.raises(InvalidArgument) as caught, fake(workflows.Kept.only, calls=takes_anything):
        pass
    assert "values" in caught.value.message


def test_a_fake_lasts_over_advanced_time() -> None:
    with fake(workflows.Retries.flaky, raises=ValueError) as flaky:
        api.start_run(workflows.Retries)
        advance(minutes=5, cron=())
    assert len(flaky.calls) == 4
