"""Skipping a step."""

from __future__ import annotations

from typing import Any

import pytest

from squid_mesh import api
from tests.host import people, workflows
from tests.host.broken_runs import start_failed_chain, start_with_unknown_outcome
from tests.host.runs import driven, events, run_until_idle, seen

Plan = dict[str, Any]


def test_a_run_continues_after_a_skipped_step_without_its_output(plan: Plan, calls: list[str]) -> None:
    run_id = start_failed_chain(plan)
    assert api.skip_step(run_id, "two", actor="ada", reason="not needed").status == "running"
    run_until_idle()
    run = seen(run_id)
    assert calls == ["one", "two", "three"]
    assert run.status == "completed"
    step = run.step("two")
    assert (step.status, step.outcome, step.output, step.attempt) == ("bypassed", "ok", None, 1)
    event = run.events[-2]
    assert (event.type, event.step, event.actor, event.comment) == (
        "step_skipped",
        "two",
        "ada",
        "not needed",
    )


@pytest.mark.parametrize(
    ("workflow", "name"),
    [
        (people.Holds, "ready"),
        (people.Reviews, "review"),
        (workflows.Sleeps, "nap"),
        (people.Expires, "review"),
    ],
)
def test_every_waiting_step_can_be_skipped(workflow: Any, name: str) -> None:
    run_id = driven(workflow)
    api.skip_step(run_id, name)
    run_until_idle()
    run = seen(run_id)
    assert (run.status, run.step(name).status) == ("completed", "bypassed")
    assert run.step(name).due_at is None


def test_a_ready_step_can_be_skipped(calls: list[str]) -> None:
    run_id = api.start_run(workflows.Chain).id
    assert api.skip_step(run_id, "one").status == "running"
    run = seen(run_id)
    assert run.started_at is not None
    run_until_idle()
    assert calls == ["two", "three"]


def test_skipping_the_last_step_ends_the_run() -> None:
    assert (
        api.skip_step(start_with_unknown_outcome(workflows.Pays, {"order_id": 1}), "charge").status
        == "running"
    )
    run_id = api.start_run(workflows.Single).id
    assert api.skip_step(run_id, "only").status == "completed"
    assert events(run_id) == ["run_started", "step_skipped", "run_completed"]
