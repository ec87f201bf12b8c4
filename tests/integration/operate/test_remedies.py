"""Retrying, skipping and resolving steps, and how a run that they failed is reopened."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.test import override_settings

from squid_mesh import Defer, Outcome, api
from squid_mesh.definitions.code_paths import load_code
from squid_mesh.engine.recovery import recover_lost_steps
from squid_mesh.engine.settle.results import Failure
from squid_mesh.exceptions import (
    CodeUnavailable,
    IllegalAction,
    InvalidArgument,
    IrreversibleSteps,
    NotPermitted,
)
from squid_mesh.models import StepRun
from squid_mesh.testing import run_until_idle
from tests.host import people, steps, workflows
from tests.host.people import person
from tests.host.runs import claim, driven, events, seen, settled, statuses

Plan = dict[str, Any]
REMEDIES = (api.retry_step, api.skip_step, api.resolve_step)


def lose(run_id: UUID) -> None:
    """Let the leases of the run's steps end, and notice it."""
    held = StepRun.objects.filter(run_id=run_id, lease_until__isnull=False)
    held.update(lease_until=datetime(2020, 1, 1, tzinfo=UTC))
    recover_lost_steps()


def unknown(workflow: Any = people.Checks, payload: Any = None) -> UUID:
    """A run whose step's outcome nobody knows."""
    run_id = api.start_run(workflow, payload).id
    claim(run_id)
    lose(run_id)
    return run_id


def failed(plan: Plan) -> UUID:
    """A chain whose second step has failed."""
    plan["two"] = steps.Broken("ink")
    run_id = driven(workflows.Chain)
    assert seen(run_id).status == "failed"
    plan.clear()
    return run_id


# --- retry -------------------------------------------------------------------------------------------


def test_retrying_a_failed_step_reopens_its_run(plan: Plan, calls: list[str]) -> None:
    run_id = failed(plan)
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
def test_a_step_that_waits_to_be_tried_again_is_tried_now(todo: Any, plan: Plan, calls: list[str]) -> None:
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


def test_a_step_whose_outcome_is_unknown_did_not_happen(calls: list[str]) -> None:
    run_id = unknown()
    assert seen(run_id).status == "paused"
    api.retry_step(run_id, "check", reason="the gateway knows nothing of it")
    step = seen(run_id).step("check")
    assert (step.status, step.crashes) == ("ready", 0)
    run_until_idle()
    assert seen(run_id).state["gateway"]["reference"] == "g1"
    assert seen(run_id).events[2].data["was"] == "unknown"


@override_settings(SQUID_MESH={"CRASH_CAP": 1})
def test_a_parked_step_is_tried_again() -> None:
    run_id = api.start_run(workflows.Single).id
    claim(run_id)
    lose(run_id)
    assert seen(run_id).step("only").waiting_for == "crash_cap"
    api.retry_step(run_id, "only")
    run_until_idle()
    assert seen(run_id).status == "completed"


def test_an_irreversible_step_that_may_have_happened_is_not_retried_unless_allowed() -> None:
    run_id = api.start_run(people.Ships).id
    settled(claim(run_id))
    claim(run_id)
    lose(run_id)
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


def test_a_step_that_failed_and_went_another_way_is_not_retried(plan: Plan) -> None:
    plan["risky"] = steps.Broken()
    run_id = driven(workflows.Recovers)
    assert seen(run_id).status == "completed"
    before = seen(run_id)
    for action in REMEDIES:
        with pytest.raises(IllegalAction):
            action(run_id, "risky")
    assert seen(run_id) == before


@pytest.mark.parametrize("action", REMEDIES)
@pytest.mark.parametrize("name", ["one", "two"])
def test_what_executes_or_is_over_is_left_alone(action: Any, name: str) -> None:
    run_id = api.start_run(workflows.Chain).id
    settled(claim(run_id))
    claim(run_id)
    before = seen(run_id)
    with pytest.raises(IllegalAction) as caught:
        action(run_id, name)
    assert caught.value.details["step"] == name
    assert seen(run_id) == before


@pytest.mark.parametrize("action", REMEDIES)
def test_a_cancelled_run_is_not_reopened(action: Any, plan: Plan) -> None:
    plan["flaky"] = steps.Busy()
    run_id = driven(workflows.Retries)
    api.cancel_run(run_id)
    before = seen(run_id)
    with pytest.raises(IllegalAction):
        action(run_id, "flaky")
    assert seen(run_id) == before


# --- reopening ---------------------------------------------------------------------------------------


def test_what_was_cancelled_when_the_run_failed_goes_on_when_it_is_reopened() -> None:
    run_id = api.start_run(workflows.Aside).id
    held = {h[0].name: h for h in (claim(run_id), claim(run_id))}
    settled(held["right"], Failure({"type": "X", "message": "m"}))
    settled(held["left"], Failure({"type": "X", "message": "m"}, retryable=False))
    assert statuses(run_id) == {"left": "failed", "right": "cancelled", "after": "pending"}
    api.retry_step(run_id, "left")
    assert statuses(run_id) == {"left": "ready", "right": "ready", "after": "pending"}
    run_until_idle()
    run = seen(run_id)
    assert run.status == "completed"
    right = run.step("right")
    assert (right.visit, right.failures, right.attempt) == (1, 0, 2)


def test_steps_that_ended_while_the_run_was_failing_are_followed_when_it_is_reopened(
    calls: list[str],
) -> None:
    run_id = api.start_run(workflows.Aside).id
    one, other = claim(run_id), claim(run_id)
    left, right = (one, other) if one[0].name == "left" else (other, one)
    settled(right, Failure({"type": "X", "message": "m"}, retryable=False))
    assert seen(run_id).status == "failing"
    settled(left)
    assert statuses(run_id) == {"left": "completed", "right": "failed", "after": "pending"}
    api.skip_step(run_id, "right")
    run_until_idle()
    assert statuses(run_id) == {"left": "completed", "right": "bypassed", "after": "completed"}
    assert seen(run_id).status == "completed"


def test_a_reopened_run_fails_again_of_what_was_left(calls: list[str]) -> None:
    run_id = api.start_run(workflows.Spread).id
    settled(claim(run_id))
    held = {h[0].name: h for h in (claim(run_id), claim(run_id))}
    for name in ("left", "right"):
        settled(held[name], Failure({"type": "X", "message": name}, retryable=False))
    assert seen(run_id).status == "failed"
    api.retry_step(run_id, "left")
    run_until_idle()
    run = seen(run_id)
    assert run.status == "failed", "right has still failed"
    assert run.error == {"step": "right", "outcome": "error", "type": "X", "message": "right"}
    assert statuses(run_id)["end"] == "pending", "and holds up what needs it"
    api.retry_step(run_id, "right")
    run_until_idle()
    assert seen(run_id).status == "completed"
    assert calls == ["left", "right", "end"]


# --- skip --------------------------------------------------------------------------------------------


def test_skipping_a_failed_step_goes_on_without_its_output(plan: Plan, calls: list[str]) -> None:
    run_id = failed(plan)
    assert api.skip_step(run_id, "two", actor="ada", reason="not needed").status == "running"
    run_until_idle()
    run = seen(run_id)
    assert calls == ["one", "two", "three"]
    assert run.status == "completed"
    step = run.step("two")
    assert (step.status, step.outcome, step.output, step.attempt) == ("bypassed", "ok", None, 1)
    told = run.events[-2]
    assert (told.type, told.step, told.actor, told.comment) == ("step_skipped", "two", "ada", "not needed")


@pytest.mark.parametrize(
    ("workflow", "name"),
    [
        (people.Holds, "ready"),
        (people.Reviews, "review"),
        (workflows.Sleeps, "nap"),
        (people.Expires, "review"),
    ],
)
def test_whatever_waits_can_be_skipped(workflow: Any, name: str) -> None:
    run_id = driven(workflow)
    api.skip_step(run_id, name)
    run_until_idle()
    run = seen(run_id)
    assert (run.status, run.step(name).status) == ("completed", "bypassed")
    assert run.step(name).due_at is None


def test_a_step_that_nobody_has_begun_can_be_skipped(calls: list[str]) -> None:
    run_id = api.start_run(workflows.Chain).id
    assert api.skip_step(run_id, "one").status == "running"
    run = seen(run_id)
    assert run.started_at is not None
    run_until_idle()
    assert calls == ["two", "three"]


def test_skipping_the_last_step_ends_the_run() -> None:
    assert api.skip_step(unknown(workflows.Pays, {"order_id": 1}), "charge").status == "running"
    run_id = api.start_run(workflows.Single).id
    assert api.skip_step(run_id, "only").status == "completed"
    assert events(run_id) == ["run_started", "step_skipped", "run_completed"]


# --- resolve -----------------------------------------------------------------------------------------


def test_resolving_gives_the_step_its_output(calls: list[str]) -> None:
    run_id = unknown()
    output = {"reference": "g7", "amount": "5"}
    api.resolve_step(run_id, "check", output=output, actor="ada", reason="as the gateway says")
    run_until_idle()
    run = seen(run_id)
    assert run.status == "completed"
    assert calls == ["flaky", "end"]
    assert run.state["gateway"] == {"reference": "g7", "amount": 5}
    assert steps.CONTEXTS[-1].state["gateway"]["amount"] == 5
    told = run.events[2]
    assert (told.type, told.actor, told.comment, told.data["outcome"]) == (
        "step_resolved",
        "ada",
        "as the gateway says",
        "ok",
    )


def test_an_output_may_be_an_instance_of_what_is_declared() -> None:
    run_id = unknown()
    api.resolve_step(run_id, "check", output=people.Gateway(reference="x", amount=1))
    assert seen(run_id).state["gateway"] == {"reference": "x", "amount": 1}


@pytest.mark.parametrize("output", [None, {"reference": "x"}, "g7", {"reference": "x", "amount": object()}])
def test_an_output_that_the_step_does_not_declare_is_refused(output: Any) -> None:
    run_id = unknown()
    before = seen(run_id)
    with pytest.raises(InvalidArgument) as caught:
        api.resolve_step(run_id, "check", output=output)
    assert caught.value.details["argument"] == "output"
    assert seen(run_id) == before


def test_a_step_may_be_resolved_with_a_label_of_its_own(plan: Plan, calls: list[str]) -> None:
    plan["flaky"] = steps.Busy()
    run_id = driven(people.Checks)
    api.resolve_step(run_id, "flaky", outcome="odd", output={"n": 1})
    run_until_idle()
    assert calls == ["check", "flaky", "odd"]
    assert seen(run_id).state["n"] == 1


def test_a_step_is_resolved_with_no_label_that_it_can_not_have() -> None:
    with pytest.raises(InvalidArgument) as caught:
        api.resolve_step(unknown(), "check", outcome="odd")
    assert caught.value.details == {"argument": "outcome", "known": ["ok", "error"]}


def test_a_step_may_be_resolved_as_failed() -> None:
    run_id = unknown()
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
        api.resolve_step(unknown(), "check", outcome="error", output={"reference": "x", "amount": 1})


def test_a_failed_step_may_have_happened_all_the_same(plan: Plan) -> None:
    run_id = failed(plan)
    api.resolve_step(run_id, "two", output={"b": 2})
    run_until_idle()
    assert (seen(run_id).status, seen(run_id).state["b"]) == ("completed", 2)
    with pytest.raises(InvalidArgument):
        api.resolve_step(failed(plan), "two", outcome="error")


def test_an_output_that_a_parallel_step_has_written_is_refused(plan: Plan) -> None:
    plan |= {"left": {"same": 1}, "right": steps.Broken()}
    run_id = driven(workflows.Spread)
    with pytest.raises(InvalidArgument) as caught:
        api.resolve_step(run_id, "right", output={"same": 2})
    assert "both write same" in caught.value.message
    api.resolve_step(run_id, "right", output={"other": 2})


def test_what_a_step_returns_can_not_be_said_without_its_code() -> None:
    run_id = unknown()
    load_code.cache_clear()
    with pytest.MonkeyPatch.context() as patched:
        patched.delattr(people, "check")
        with pytest.raises(CodeUnavailable):
            api.resolve_step(run_id, "check", output={"reference": "x", "amount": 1})
        api.skip_step(run_id, "check")
    load_code.cache_clear()


@pytest.mark.parametrize("workflow", [people.Holds, people.Reviews])
def test_a_step_that_asks_people_is_not_resolved_over_their_heads(workflow: Any) -> None:
    name = "ready" if workflow is people.Holds else "review"
    with pytest.raises(IllegalAction):
        api.resolve_step(driven(workflow), name)


# --- all ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", REMEDIES)
def test_every_remedy_needs_its_permission(action: Any) -> None:
    run_id = unknown()
    before = seen(run_id)
    needed = f"squid_mesh.{action.__name__}"
    with pytest.raises(NotPermitted) as caught:
        action(run_id, "check", actor=person("eve"))
    assert caught.value.details == {"action": action.__name__, "permission": needed}
    assert seen(run_id) == before
    output = {"output": {"reference": "x", "amount": 1}} if action is api.resolve_step else {}
    action(run_id, "check", actor=person("ada", needed), **output)
    assert seen(run_id).events[2].actor == "ada"


def test_an_action_in_a_transaction_that_rolls_back_did_not_happen(plan: Plan) -> None:
    run_id = failed(plan)
    before = seen(run_id)
    with transaction.atomic():
        api.retry_step(run_id, "two")
        transaction.set_rollback(True)
    assert seen(run_id) == before


def test_a_label_of_a_step_may_be_an_outcome(plan: Plan) -> None:
    plan["flaky"] = Outcome("odd")
    assert seen(driven(people.Checks)).status == "completed"


@pytest.mark.parametrize("act", [api.retry_step, api.skip_step, api.resolve_step, api.rewind_run])
def test_what_is_done_to_another_visit_than_was_seen_is_refused(act: Any, plan: Plan) -> None:
    plan["two"] = [ValueError("no ink"), ValueError("no paper")]
    run_id = driven(workflows.Chain)
    api.rewind_run(run_id, "one", visit=1)
    run_until_idle()
    before = seen(run_id)
    for visit in (1, 3, 0, -1):
        with pytest.raises(IllegalAction) as refused:
            act(run_id, "two", visit=visit)
        told = refused.value.details
        assert (told["step"], told["visit"], told["step_status"]) == ("two", 2, "failed")
    assert seen(run_id) == before
    assert act(run_id, "two", visit=2).status == "running"
