"""Rewinds, by a route or by a person: new visits, what becomes history, and what is never repeated."""

from __future__ import annotations

from typing import Any

import pytest

from squid_mesh import Outcome, api
from squid_mesh.engine.settle.results import Done, Failure
from squid_mesh.exceptions import IllegalAction, IrreversibleSteps, NotPermitted, StepNotFound
from squid_mesh.models import StepRun
from tests.host import people, steps, workflows
from tests.host.people import person
from tests.host.runs import claim, driven, events, run_until_idle, seen, settled, statuses

Plan = dict[str, Any]


def visits(run_id: Any) -> list[tuple[str, int, str, bool]]:
    rows = StepRun.objects.filter(run_id=run_id).order_by("id")
    return list(rows.values_list("name", "visit", "status", "current"))


# --- routes ------------------------------------------------------------------------------------------


def test_a_rewind_route_runs_the_step_and_all_steps_after_it_again(plan: Plan, calls: list[str]) -> None:
    plan |= {"load": [{"n": 1}, {"n": 2}], "check": [Outcome("again"), None]}
    run_id = driven(people.Loops)
    assert calls[0] == calls[4] == "load"
    assert sorted(calls) == sorted(["load", "left", "right", "check"] * 2 + ["end"])
    run = seen(run_id)
    assert run.status == "completed"
    assert run.state["n"] == 2
    assert {(s.name, s.visit, s.current) for s in run.steps} == {
        (name, visit, visit == 2) for name in ("load", "left", "right", "check") for visit in (1, 2)
    } | {("end", 1, True)}
    assert steps.CONTEXTS[-1].state["n"] == 2
    assert steps.CONTEXTS[-1].step == "end"
    keys = [ctx.idempotency_key for ctx in steps.CONTEXTS if ctx.step == "load"]
    assert keys == [f"{run_id}:load:1", f"{run_id}:load:2"]
    event = run.events[1]
    assert (event.type, event.step, event.actor, event.data) == ("rewound", "check", "", {"to": "load"})


def test_a_rewind_route_fails_the_run_after_its_last_visit(plan: Plan, calls: list[str]) -> None:
    plan["check"] = lambda ctx: Outcome("again")
    run = seen(driven(people.Loops))
    assert calls.count("load") == 3
    assert run.status == "failed"
    assert run.error is not None
    assert (run.error["step"], run.error["outcome"], run.error["code"]) == ("check", "again", "max_visits")
    assert run.step("check").status == "completed"


def test_a_rewind_route_never_repeats_an_irreversible_step(plan: Plan, calls: list[str]) -> None:
    plan["check"] = Outcome("again")
    run = seen(driven(people.Ships))
    assert calls == ["load", "ship", "check"]
    assert run.status == "failed"
    assert run.error is not None
    assert (run.error["code"], run.error["steps"]) == ("irreversible_steps", ["ship"])


def test_a_rewind_route_past_no_irreversible_step_is_taken(plan: Plan, calls: list[str]) -> None:
    plan |= {"load": lambda ctx: Outcome("digital"), "check": [Outcome("again"), None]}
    run_id = driven(people.Ships)
    assert calls == ["load", "check", "load", "check"]
    assert seen(run_id).status == "completed"
    assert [v[1:] for v in visits(run_id) if v[0] == "ship"] == [(1, "skipped", False), (2, "skipped", True)]


def test_a_rewind_route_leaves_a_parallel_branch_alone(plan: Plan, calls: list[str]) -> None:
    plan |= {"look": [Outcome("again"), None], "right": 7}
    run_id = driven(people.LoopsOneSide)
    assert sorted(calls) == sorted(["load", "left", "look", "left", "look", "right", "end"])
    run = seen(run_id)
    assert run.status == "completed"
    assert (run.step("right").visit, run.step("left").visit, run.step("end").visit) == (1, 2, 1)
    assert steps.CONTEXTS[-1].state["right"] == 7


def test_a_rewind_route_interrupts_a_running_step(plan: Plan) -> None:
    run_id = api.start_run(people.Overtakes).id
    settled(claim(run_id))
    held = {h[0].name: h for h in (claim(run_id), claim(run_id))}
    settled(held["quick"], Done("again", None))
    assert ("slow", 1, "cancelled", False) in visits(run_id)
    slow = next(s for s in seen(run_id).steps if s.name == "slow" and s.visit == 1)
    assert [(a.outcome, (a.error or {})["code"]) for a in slow.attempts] == [("interrupted", "taken_back")]
    before = seen(run_id)
    assert settled(held["slow"]) is None
    assert seen(run_id) == before
    run_until_idle()
    assert seen(run_id).status == "completed"
    assert seen(run_id).step("slow").visit == 2


def test_the_run_memory_of_another_branch_is_not_stale_after_a_rewind(plan: Plan) -> None:
    plan |= {"look": [Outcome("again"), None], "left": [{"n": 1}, {"n": 2}], "right": 7}
    driven(people.LoopsOneSide)
    last = steps.CONTEXTS[-1]
    assert (last.step, last.state["n"], last.results["left"]) == ("end", 2, {"n": 2})


# --- by hand -----------------------------------------------------------------------------------------


def test_a_completed_run_can_be_rewound(plan: Plan, calls: list[str]) -> None:
    plan["two"] = [{"n": 1}, {"n": 2}]
    run_id = driven(workflows.Chain)
    ada = person("ada", "squid_mesh.rewind_run")
    assert api.rewind_run(run_id, "two", actor=ada, reason="wrong list").status == "running"
    assert visits(run_id) == [
        ("one", 1, "completed", True),
        ("two", 1, "completed", False),
        ("three", 1, "completed", False),
        ("two", 2, "ready", True),
    ]
    run = seen(run_id)
    assert run.finished_at is None
    assert (run.step("three").status, run.step("three").visit) == ("pending", 2)
    assert "n" not in run.state, "what was taken back is no state"
    run_until_idle()
    assert calls == ["one", "two", "three", "two", "three"]
    run = seen(run_id)
    assert (run.status, run.state["n"], run.step("three").visit) == ("completed", 2, 2)
    assert steps.CONTEXTS[-1].visit == 2
    assert events(run_id)[1:] == ["run_completed", "run_reopened", "rewound", "run_completed"]
    event = run.events[3]
    assert (event.step, event.actor, event.comment) == ("two", "ada", "wrong list")
    assert event.data == {"to": "two", "visit": 2}


def test_a_run_can_be_rewound_many_times(calls: list[str]) -> None:
    run_id = driven(workflows.Chain)
    for name in ("three", "one", "two"):
        api.rewind_run(run_id, name)
        run_until_idle()
    run = seen(run_id)
    assert run.status == "completed"
    assert {s.name: s.visit for s in run.steps if s.current} == {"one": 2, "two": 3, "three": 4}
    assert calls == ["one", "two", "three", "three", "one", "two", "three", "two", "three"]


def test_a_failed_run_can_be_rewound_to_a_step_before_the_failed_one(plan: Plan) -> None:
    plan["three"] = [steps.Broken(), None]
    run_id = driven(workflows.Chain)
    api.rewind_run(run_id, "two")
    run_until_idle()
    assert seen(run_id).status == "completed"
    assert seen(run_id).error is None


def test_a_skipped_branch_is_open_again_after_a_rewind(plan: Plan, calls: list[str]) -> None:
    plan["ask"] = [Outcome("yes"), Outcome("no")]
    run_id = driven(workflows.Choice)
    api.rewind_run(run_id, "ask")
    run_until_idle()
    assert calls == ["ask", "yes", "after", "ask", "no", "after"]
    assert statuses(run_id) | {"yes": "skipped"} == statuses(run_id)


def test_a_waiting_step_after_the_target_is_taken_back(plan: Plan) -> None:
    run_id = driven(workflows.Sleeps)
    api.rewind_run(run_id, "before")
    assert ("nap", 1, "cancelled", False) in visits(run_id)
    run_until_idle()
    assert (seen(run_id).status, seen(run_id).step("nap").visit) == ("waiting", 2)


def test_a_run_cannot_be_rewound_past_a_running_step() -> None:
    run_id = api.start_run(workflows.Chain).id
    settled(claim(run_id))
    claim(run_id)
    before = seen(run_id)
    for name in ("one", "two"):
        with pytest.raises(IllegalAction) as caught:
            api.rewind_run(run_id, name)
        assert caught.value.details["running"] == ["two"]
    assert seen(run_id) == before


def test_a_run_can_be_rewound_on_one_branch_while_another_runs(plan: Plan, calls: list[str]) -> None:
    run_id = api.start_run(workflows.Aside).id
    held = {h[0].name: h for h in (claim(run_id), claim(run_id))}
    settled(held["left"])
    api.rewind_run(run_id, "left")
    assert visits(run_id)[-1] == ("left", 2, "ready", True)
    settled(held["right"])
    run_until_idle()
    assert seen(run_id).status == "completed"
    assert calls == ["left", "after"]


def test_a_run_cannot_be_rewound_to_a_step_that_it_has_not_reached(plan: Plan) -> None:
    plan["ask"] = Outcome("yes")
    run_id = driven(workflows.Choice)
    with pytest.raises(IllegalAction):
        api.rewind_run(run_id, "no")
    with pytest.raises(StepNotFound):
        api.rewind_run(run_id, "nowhere")
    with pytest.raises(IllegalAction):
        api.rewind_run(driven(people.Reviews), "charge")


def test_a_rewind_past_an_irreversible_step_must_be_allowed() -> None:
    run_id = driven(people.Ships)
    before = seen(run_id)
    ada = person("ada", "squid_mesh.rewind_run")
    with pytest.raises(IrreversibleSteps) as caught:
        api.rewind_run(run_id, "load", actor=ada)
    assert caught.value.details["steps"] == ["ship"]
    with pytest.raises(NotPermitted):
        api.rewind_run(run_id, "load", allow_irreversible=True, actor=ada)
    assert seen(run_id) == before
    api.rewind_run(run_id, "check", actor=ada)
    run_until_idle()
    api.rewind_run(run_id, "load", allow_irreversible=True)
    assert seen(run_id).events[-1].data["overridden"] == ["ship"]
    run_until_idle()
    assert seen(run_id).step("ship").visit == 2
    with pytest.raises(IrreversibleSteps):
        api.replay_run(run_id)


def test_a_cancelled_run_is_replayed_and_not_rewound() -> None:
    run_id = driven(people.Reviews)
    api.cancel_run(run_id)
    with pytest.raises(IllegalAction):
        api.rewind_run(run_id, "load")
    assert api.replay_run(run_id).replay_of == run_id


def test_parallel_branches_continue_when_a_rewind_reopens_the_run(calls: list[str]) -> None:
    run_id = api.start_run(workflows.Aside).id
    held = {h[0].name: h for h in (claim(run_id), claim(run_id))}
    settled(held["right"], Failure({"type": "X", "message": "m"}, retryable=False))
    settled(held["left"])
    assert seen(run_id).status == "failed"
    api.rewind_run(run_id, "right")
    run_until_idle()
    assert seen(run_id).status == "completed"
    assert sorted(calls) == ["after", "right"]


def test_a_race_join_runs_again_at_once_if_another_branch_has_arrived(calls: list[str]) -> None:
    run_id = driven(workflows.TakesFirst)
    api.rewind_run(run_id, "left")
    assert {v[:3] for v in visits(run_id) if v[3]} == {
        ("left", 2, "ready"),
        ("right", 1, "completed"),
        ("once", 2, "ready"),
    }
    run_until_idle()
    assert seen(run_id).status == "completed"
    assert calls.count("once") == 2
