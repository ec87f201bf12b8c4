"""Entering a step's result by hand."""

from __future__ import annotations

from typing import Any

import pytest

from squid_mesh import Outcome, api
from squid_mesh.definitions.code_paths import load_code
from squid_mesh.exceptions import (
    CodeUnavailable,
    IllegalAction,
    InvalidArgument,
)
from tests.host import people, steps, workflows
from tests.host.broken_runs import start_failed_chain, start_with_unknown_outcome
from tests.host.runs import driven, run_until_idle, seen

Plan = dict[str, Any]


def test_a_resolved_step_has_the_entered_output(calls: list[str]) -> None:
    run_id = start_with_unknown_outcome()
    output = {"reference": "g7", "amount": "5"}
    api.resolve_step(run_id, "check", output=output, actor="ada", reason="as the gateway says")
    run_until_idle()
    run = seen(run_id)
    assert run.status == "completed"
    assert calls == ["flaky", "end"]
    assert run.state["gateway"] == {"reference": "g7", "amount": 5}
    assert steps.CONTEXTS[-1].state["gateway"]["amount"] == 5
    event = run.events[2]
    assert (event.type, event.actor, event.comment, event.data["outcome"]) == (
        "step_resolved",
        "ada",
        "as the gateway says",
        "ok",
    )


def test_an_output_can_be_an_instance_of_the_declared_type() -> None:
    run_id = start_with_unknown_outcome()
    api.resolve_step(run_id, "check", output=people.Gateway(reference="x", amount=1))
    assert seen(run_id).state["gateway"] == {"reference": "x", "amount": 1}


@pytest.mark.parametrize("output", [None, {"reference": "x"}, "g7", {"reference": "x", "amount": object()}])
def test_an_output_of_another_type_is_rejected(output: Any) -> None:
    run_id = start_with_unknown_outcome()
    before = seen(run_id)
    with pytest.raises(InvalidArgument) as caught:
        api.resolve_step(run_id, "check", output=output)
    assert caught.value.details["argument"] == "output"
    assert seen(run_id) == before


def test_a_step_can_be_resolved_with_a_label_that_it_declares(plan: Plan, calls: list[str]) -> None:
    plan["flaky"] = steps.Busy()
    run_id = driven(people.Checks)
    api.resolve_step(run_id, "flaky", outcome="odd", output={"n": 1})
    run_until_idle()
    assert calls == ["check", "flaky", "odd"]
    assert seen(run_id).state["n"] == 1


def test_a_step_cannot_be_resolved_with_a_label_that_it_does_not_declare() -> None:
    with pytest.raises(InvalidArgument) as caught:
        api.resolve_step(start_with_unknown_outcome(), "check", outcome="odd")
    assert caught.value.details == {"argument": "outcome", "known": ["ok", "error"]}


def test_a_step_can_be_resolved_as_failed() -> None:
    run_id = start_with_unknown_outcome()
    assert api.resolve_step(run_id, "check", outcome="error", reason="refused").status == "failed"
    run = seen(run_id)
    assert run.step("check").status == "failed"
    assert run.error == {
        "step": "check",
        "outcome": "error",
        "type": "Resolved",
        "code": "resolved",
        "message": "refused",
    }
    with pytest.raises(InvalidArgument):
        api.resolve_step(
            start_with_unknown_outcome(), "check", outcome="error", output={"reference": "x", "amount": 1}
        )


def test_a_failed_step_can_be_resolved_as_done(plan: Plan) -> None:
    run_id = start_failed_chain(plan)
    api.resolve_step(run_id, "two", output={"b": 2})
    run_until_idle()
    assert (seen(run_id).status, seen(run_id).state["b"]) == ("completed", 2)
    with pytest.raises(InvalidArgument):
        api.resolve_step(start_failed_chain(plan), "two", outcome="error")


def test_an_output_key_that_a_parallel_step_wrote_is_rejected(plan: Plan) -> None:
    plan |= {"left": {"same": 1}, "right": steps.Broken()}
    run_id = driven(workflows.Spread)
    with pytest.raises(InvalidArgument) as caught:
        api.resolve_step(run_id, "right", output={"same": 2})
    assert "both write same" in caught.value.message
    api.resolve_step(run_id, "right", output={"other": 2})


def test_a_step_cannot_be_resolved_without_its_code() -> None:
    run_id = start_with_unknown_outcome()
    load_code.cache_clear()
    with pytest.MonkeyPatch.context() as patched:
        patched.delattr(people, "check")
        with pytest.raises(CodeUnavailable):
            api.resolve_step(run_id, "check", output={"reference": "x", "amount": 1})
        api.skip_step(run_id, "check")
    load_code.cache_clear()


@pytest.mark.parametrize("workflow", [people.Holds, people.Reviews])
def test_a_step_that_asks_people_cannot_be_resolved(workflow: Any) -> None:
    name = "ready" if workflow is people.Holds else "review"
    with pytest.raises(IllegalAction):
        api.resolve_step(driven(workflow), name)


def test_a_declared_label_is_an_outcome(plan: Plan) -> None:
    plan["flaky"] = Outcome("odd")
    assert seen(driven(people.Checks)).status == "completed"
