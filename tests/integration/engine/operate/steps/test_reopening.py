"""Reopening a finished run by acting on one of its steps."""

from __future__ import annotations

from typing import Any

import pytest

from squid_mesh import api
from squid_mesh.engine.settle.results import Failure
from squid_mesh.exceptions import (
    IllegalAction,
)
from tests.host import steps, workflows
from tests.host.runs import claim, driven, run_until_idle, seen, settled, statuses

Plan = dict[str, Any]

REMEDIES = (api.retry_step, api.skip_step, api.resolve_step)


@pytest.mark.parametrize("action", REMEDIES)
def test_a_cancelled_run_is_not_reopened(action: Any, plan: Plan) -> None:
    plan["flaky"] = steps.Busy()
    run_id = driven(workflows.Retries)
    api.cancel_run(run_id)
    before = seen(run_id)
    with pytest.raises(IllegalAction):
        action(run_id, "flaky")
    assert seen(run_id) == before


def test_steps_that_were_cancelled_when_the_run_failed_continue_when_it_is_reopened() -> None:
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


def test_the_followers_of_steps_that_ended_while_the_run_failed_start_when_it_is_reopened(
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


def test_a_reopened_run_fails_again_if_another_failure_is_left(calls: list[str]) -> None:
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
