"""Retrying a step."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings

from squid_mesh import Defer, api
from squid_mesh.exceptions import (
    IllegalAction,
    IrreversibleSteps,
    NotPermitted,
)
from tests.host import people, steps, workflows
from tests.host.broken_runs import lose_worker, start_failed_chain, start_with_unknown_outcome
from tests.host.people import person
from tests.host.runs import claim, driven, events, run_until_idle, seen, settled

Plan = dict[str, Any]

REMEDIES = (api.retry_step, api.skip_step, api.resolve_step)


def test_retrying_a_failed_step_reopens_its_run(plan: Plan, calls: list[str]) -> None:
    run_id = start_failed_chain(plan)
    assert api.retry_step(run_id, "two", actor="ada", reason="ink is back").status == "running"
    run = seen(run_id)
    assert (run.error, run.finished_at) == (None, None)
    run_until_idle()
    run = seen(run_id)
    assert calls == ["one", "two", "two", "three"]
    assert run.status == "completed"
    step = run.step("two")
    assert (step.visit, step.attempt, step.failures) == (1, 2, 0)
    assert [(a.number, a.outcome) for a in step.attempts] == [(1, "failed"), (2, "completed")]
    assert events(run_id) == ["run_started", "run_failed", "run_reopened", "step_retried", "run_completed"]
    reopened, retried = run.events[2:4]
    assert (reopened.data["was"], reopened.data["error"]["step"]) == ("failed", "two")
    assert (retried.actor, retried.comment, retried.data["was"]) == ("ada", "ink is back", "failed")
    keys = [ctx.idempotency_key for ctx in steps.CONTEXTS if ctx.step == "two"]
    assert keys == [f"{run_id}:two:1"] * 2


@pytest.mark.parametrize("todo", [Defer(hours=1), steps.Busy()])
def test_a_step_that_waits_for_a_retry_runs_now(todo: Any, plan: Plan, calls: list[str]) -> None:
    plan["flaky"] = [todo, None]
    run_id = driven(workflows.Retries)
    assert seen(run_id).status in ("waiting", "retrying")
    assert api.retry_step(run_id, "flaky").status == "running"
    run_until_idle()
    assert calls == ["flaky", "flaky", "after"]
    assert seen(run_id).status == "completed"


def test_a_retried_step_has_all_its_attempts_again(plan: Plan) -> None:
    plan["flaky"] = steps.Busy()
    run_id = driven(workflows.Picky)
    assert seen(run_id).step("flaky").failures == 3
    api.retry_step(run_id, "flaky")
    run_until_idle()
    step = seen(run_id).step("flaky")
    assert [a.number for a in step.attempts] == [1, 2, 3, 4, 5, 6]
    assert seen(run_id).status == "failed"


def test_a_retry_confirms_that_a_step_with_unknown_outcome_did_not_happen(calls: list[str]) -> None:
    run_id = start_with_unknown_outcome()
    assert seen(run_id).status == "paused"
    api.retry_step(run_id, "check", reason="the gateway knows nothing of it")
    step = seen(run_id).step("check")
    assert (step.status, step.crashes) == ("ready", 0)
    run_until_idle()
    assert seen(run_id).state["gateway"]["reference"] == "g1"
    assert seen(run_id).events[2].data["was"] == "unknown"


@override_settings(SQUID_MESH={"CRASH_CAP": 1})
def test_a_parked_step_runs_again() -> None:
    run_id = api.start_run(workflows.Single).id
    claim(run_id)
    lose_worker(run_id)
    assert seen(run_id).step("only").waiting_for == "crash_cap"
    api.retry_step(run_id, "only")
    run_until_idle()
    assert seen(run_id).status == "completed"


def test_an_irreversible_step_that_may_have_happened_is_not_retried_unless_allowed() -> None:
    run_id = api.start_run(people.Ships).id
    settled(claim(run_id))
    claim(run_id)
    lose_worker(run_id)
    before = seen(run_id)
    with pytest.raises(IrreversibleSteps) as caught:
        api.retry_step(run_id, "ship")
    assert caught.value.details["steps"] == ["ship"]
    user = person("ada", "squid_mesh.retry_step")
    with pytest.raises(NotPermitted) as denied:
        api.retry_step(run_id, "ship", allow_irreversible=True, actor=user)
    assert denied.value.details["permission"] == "squid_mesh.override_irreversible"
    assert seen(run_id) == before
    chief = person("bob", "squid_mesh.retry_step", "squid_mesh.override_irreversible")
    api.retry_step(run_id, "ship", allow_irreversible=True, actor=chief)
    assert seen(run_id).events[-1].data["overridden"] == ["ship"]


def test_a_step_whose_error_was_routed_is_not_retried(plan: Plan) -> None:
    plan["risky"] = steps.Broken()
    run_id = driven(workflows.Recovers)
    assert seen(run_id).status == "completed"
    before = seen(run_id)
    for action in REMEDIES:
        with pytest.raises(IllegalAction):
            action(run_id, "risky")
    assert seen(run_id) == before
