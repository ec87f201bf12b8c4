"""Paths through the graph: which steps run, which are skipped, and how the run ends."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from squid_mesh import Outcome, StepContext, StepFailed, Workflow, api, step
from squid_mesh.definitions import registry
from squid_mesh.engine.settle.results import Deferred, Failure
from squid_mesh.lifecycle import StepStatus
from squid_mesh.models import Run
from tests.host import steps, workflows
from tests.host.runs import claim, driven, events, row, run_until_idle, seen, settled, statuses

Plan = dict[str, Any]


def test_a_chain_runs_in_order_and_passes_its_state_on(plan: Plan, calls: list[str]) -> None:
    plan["one"] = {"a": 1}
    plan["two"] = lambda ctx: {"b": ctx.state["a"] + ctx.state["order_id"]}
    run = seen(driven(workflows.Chain, {"order_id": 5}))
    assert calls == ["one", "two", "three"]
    assert run.status == "completed"
    assert run.state == {"order_id": 5, "a": 1, "b": 6}
    assert run.started_at is not None
    assert run.finished_at is not None
    assert [(s.status, s.outcome, s.attempt) for s in run.steps] == [("completed", "ok", 1)] * 3
    assert [a.outcome for s in run.steps for a in s.attempts] == ["completed"] * 3
    assert events(run.id) == ["run_started", "run_completed"]


def test_a_step_sees_each_earlier_steps_own_output(plan: Plan) -> None:
    plan["one"], plan["two"] = {"a": 1}, {"a": 2}
    driven(workflows.Chain)
    last = steps.CONTEXTS[-1]
    assert last.results == {"one": {"a": 1}, "two": {"a": 2}}
    assert (last.workflow, last.step, last.attempt, last.visit) == ("host.Chain", "three", 1, 1)


def test_a_fan_out_joins_after_all_its_branches(plan: Plan, calls: list[str]) -> None:
    plan |= {"start": {"s": 1}, "left": {"l": 2}, "right": {"r": 3}}
    run = seen(driven(workflows.Spread))
    assert (calls[0], set(calls[1:3]), calls[3:]) == ("start", {"left", "right"}, ["end"])
    assert run.state == {"s": 1, "l": 2, "r": 3}
    assert steps.CONTEXTS[-1].state == {"s": 1, "l": 2, "r": 3}


def test_a_branch_does_not_see_its_siblings_output(plan: Plan) -> None:
    plan |= {"left": {"l": 2}, "right": {"r": 3}}
    driven(workflows.Spread)
    states = {ctx.step: dict(ctx.state) for ctx in steps.CONTEXTS}
    assert states["left"] == states["right"] == {}


def test_a_join_any_follows_the_label_and_the_other_branch_is_skipped(plan: Plan, calls: list[str]) -> None:
    plan["ask"] = Outcome("yes", {"said": "yes"})
    run_id = driven(workflows.Choice)
    assert calls == ["ask", "yes", "after"]
    assert statuses(run_id) == {
        "ask": "completed",
        "yes": "completed",
        "no": "skipped",
        "after": "completed",
    }
    assert seen(run_id).step("ask").outcome == "yes"
    assert seen(run_id).state == {"said": "yes"}


def test_an_outcome_to_complete_ends_the_run_well(plan: Plan) -> None:
    plan["ask"] = Outcome("stop")
    run_id = driven(workflows.Choice)
    assert seen(run_id).status == "completed"
    assert statuses(run_id)["after"] == "skipped"


def test_an_outcome_on_no_route_skips_what_follows(plan: Plan) -> None:
    run_id = driven(workflows.Choice)
    assert statuses(run_id) == {"ask": "completed", "yes": "skipped", "no": "skipped", "after": "skipped"}
    assert seen(run_id).status == "completed"


def test_an_undeclared_label_fails_the_step_loudly(plan: Plan) -> None:
    plan["ask"] = Outcome("perhaps")
    run = seen(driven(workflows.Choice))
    assert run.status == "failed"
    assert run.error is not None
    assert (run.error["step"], run.error["code"]) == ("ask", "unknown_outcome")
    assert "'perhaps'" in run.error["message"]
    assert "no, stop, yes" in run.error["message"]


def test_a_join_all_is_skipped_if_one_edge_is_dead(plan: Plan) -> None:
    run_id = driven(workflows.NeedsAll)
    assert statuses(run_id) == {
        "start": "completed",
        "left": "completed",
        "right": "skipped",
        "both": "skipped",
        "then": "skipped",
    }
    assert seen(run_id).status == "completed"


def test_a_join_all_runs_if_every_edge_is_taken(plan: Plan) -> None:
    plan["start"] = Outcome("both")
    assert set(statuses(driven(workflows.NeedsAll)).values()) == {"completed"}


def test_a_join_first_runs_once_at_the_first_taken_edge(plan: Plan, calls: list[str]) -> None:
    run_id = driven(workflows.TakesFirst)
    assert calls.count("once") == 1
    assert calls.index("once") == 1
    assert set(statuses(run_id).values()) == {"completed"}


@pytest.mark.parametrize("wanted", [True, False])
def test_a_guard_decides_whether_a_step_is_bypassed(wanted: bool, plan: Plan, calls: list[str]) -> None:
    plan |= {"maybe?": wanted, "maybe": {"m": 1}}
    run = seen(driven(workflows.Guarded))
    assert calls == (["before", "maybe", "after"] if wanted else ["before", "after"])
    step = run.step("maybe")
    assert step.status == ("completed" if wanted else "bypassed")
    assert [a.outcome for a in step.attempts] == ["completed" if wanted else "bypassed"]
    assert run.state == ({"m": 1} if wanted else {})
    assert run.status == "completed"


def test_a_guard_that_raises_fails_its_step(plan: Plan) -> None:
    plan["maybe?"] = ValueError("no idea")
    run = seen(driven(workflows.Guarded))
    assert run.status == "failed"
    assert run.step("maybe").error is not None
    assert run.error is not None
    assert (run.error["type"], run.error["message"]) == ("builtins.ValueError", "no idea")
    assert "traceback" not in run.error
    assert "no idea" in (run.step("maybe").error or {})["traceback"]


def test_an_error_route_runs_the_repair_and_is_audited(plan: Plan, calls: list[str]) -> None:
    plan["risky"] = steps.Broken("ink")
    run_id = driven(workflows.Recovers)
    assert calls == ["risky", "repair"]
    assert statuses(run_id) == {"risky": "failed", "repair": "completed", "fine": "skipped"}
    assert events(run_id) == ["run_started", "routed_to_compensation", "run_completed"]
    assert seen(run_id).error is None


def test_an_error_route_that_is_not_taken_is_not_audited(plan: Plan) -> None:
    run_id = driven(workflows.Recovers)
    assert events(run_id) == ["run_started", "run_completed"]
    assert statuses(run_id)["repair"] == "skipped"


def test_an_error_on_no_edge_fails_the_run_and_starts_nothing_more(plan: Plan, calls: list[str]) -> None:
    plan["two"] = StepFailed("no stock", sku=7)
    run = seen(driven(workflows.Chain))
    assert calls == ["one", "two"]
    assert run.status == "failed"
    assert run.error is not None
    assert (run.error["step"], run.error["code"], run.error["details"]) == ("two", "step_failed", {"sku": 7})
    assert statuses(run.id)["three"] == "pending"
    assert events(run.id) == ["run_started", "run_failed"]


@pytest.mark.parametrize(
    ("result", "status", "step"),
    [
        (Outcome("bad"), "failed", "completed"),
        (Outcome("done"), "completed", "completed"),
        (steps.Broken(), "completed", "failed"),
        (None, "completed", "completed"),
    ],
)
def test_fail_and_complete_end_a_run(plan: Plan, result: Any, status: str, step: str) -> None:
    plan["only"] = result
    run = seen(driven(workflows.Ends))
    assert (run.status, run.step("only").status) == (status, step)
    assert (run.step("never").status == "completed") is (result is None)


def test_a_run_that_fails_lets_its_siblings_finish(plan: Plan) -> None:
    run_id = driven_to_siblings(plan)
    left, right = claim(run_id), claim(run_id)
    fails, lasts = (left, right)
    settled(fails, Failure({"type": "X", "message": "m"}))
    run = seen(run_id)
    assert run.status == "failing"
    assert run.finished_at is None
    assert run_until_idle() == 0
    settled(lasts)
    run = seen(run_id)
    assert run.status == "failed"
    assert run.finished_at is not None
    assert run.step(lasts[0].name).status == "completed"
    assert run.step("end").status == "pending"


def test_a_failed_run_names_the_step_that_failed_it(plan: Plan) -> None:
    run_id = driven_to_siblings(plan)
    fails, lasts = claim(run_id), claim(run_id)
    settled(fails, Failure({"type": "X", "message": "m"}))
    settled(lasts)
    error = seen(run_id).error
    assert error is not None
    assert error["step"] == fails[0].name


def driven_to_siblings(plan: Plan) -> Any:
    run_id = api.start_run(workflows.Spread).id
    settled(claim(run_id))
    return run_id


def test_a_failing_run_retries_no_step_in_flight(plan: Plan) -> None:
    run_id = driven_to_siblings(plan)
    fails, defers = claim(run_id), claim(run_id)
    settled(fails, Failure({"type": "X", "message": "m"}))
    settled(defers, Deferred(5, "not yet"))
    run = seen(run_id)
    assert run.status == "failed"
    step = run.step(defers[0].name)
    assert (step.status, step.due_at, step.waiting_for) == ("cancelled", None, None)
    assert [a.outcome for a in step.attempts] == ["deferred"]


def test_a_run_that_fails_cancels_what_waits(plan: Plan, calls: list[str]) -> None:
    plan["right"] = steps.Busy()
    plan["after"] = steps.Broken()
    run_id = driven(workflows.Aside)
    run = seen(run_id)
    assert run.status == "failed"
    right = run.step("right")
    assert right.status in ("cancelled",)
    assert right.due_at is None
    assert row(run_id, "right").claim_token is None


def test_two_parallel_steps_that_write_one_key_are_refused(plan: Plan) -> None:
    plan |= {"left": {"same": 1}, "right": {"same": 2}}
    run = seen(driven(workflows.Spread))
    assert run.status == "failed"
    assert run.error is not None
    assert run.error["code"] == "key_conflict"
    assert "both write same" in run.error["message"]
    ends = {run.step(name).status: run.step(name).attempts for name in ("left", "right")}
    assert sorted(ends) == ["completed", "failed"]
    (attempt,) = ends[StepStatus.FAILED]
    assert attempt.outcome == "failed"
    assert attempt.error is not None
    assert attempt.error["code"] == "key_conflict"


def test_two_parallel_steps_that_write_apart_are_merged(plan: Plan) -> None:
    plan |= {"left": {"one": 1}, "right": {"two": 2}}
    assert seen(driven(workflows.Spread)).state == {"one": 1, "two": 2}


def test_a_step_may_be_a_class(plan: Plan, calls: list[str]) -> None:
    run = seen(driven(workflows.Pays, {"order_id": 3}))
    assert run.state == {"order_id": 3, "charged": 3}
    assert run.step("charge").input == {"order_id": 3}


def test_an_async_step_runs_to_its_end(plan: Plan) -> None:
    async def later(ctx: StepContext) -> str:
        await asyncio.sleep(0)
        return f"from {ctx.step}"

    plan["only"] = later
    assert seen(driven(workflows.Async)).state == {"said": "from only"}


def test_steps_run_in_the_thread_of_the_worker(plan: Plan) -> None:
    threads: list[str] = []
    plan["only"] = lambda ctx: threads.append(threading.current_thread().name)
    driven(workflows.Single)
    assert threads == [threading.current_thread().name]


def test_a_run_executes_the_definition_it_was_started_with(plan: Plan, calls: list[str]) -> None:
    with registry.isolate():

        class Grows(Workflow):
            name = "host.Grows"
            one = step(steps.act)

        old = api.start_run(Grows).id

        class Grows2(Workflow):
            name = "host.Grows2"
            one = step(steps.act)
            two = step(steps.act)
            flow = one >> two

        Grows.compile_as("host.Grows")
        new = api.start_run(Grows2).id
    run_until_idle()
    assert list(statuses(old)) == ["one"]
    assert list(statuses(new)) == ["one", "two"]
    assert Run.objects.get(pk=old).definition_id != Run.objects.get(pk=new).definition_id
