"""Cancelling a run."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User

from squid_mesh import Defer, api
from squid_mesh.definitions.code_paths import load_code
from squid_mesh.engine.settle.results import Failure
from squid_mesh.exceptions import IllegalAction, InvalidArgument, RunNotFound
from squid_mesh.models import AuditEvent
from tests.host import steps, workflows
from tests.host.runs import claim, driven, events, fast_forward, run_until_idle, seen, settled, statuses

Plan = dict[str, Any]


def test_a_pending_run_is_cancelled_at_once(calls: list[str]) -> None:
    user = User.objects.create_superuser("ada")
    run_id = api.start_run(workflows.Chain).id
    assert api.cancel_run(run_id, actor=user, reason="a mistake").status == "cancelled"
    assert run_until_idle() == 0
    assert not calls
    run = seen(run_id)
    assert run.finished_at is not None
    assert run.step("one").status == "cancelled"
    last = run.events[-1]
    assert (last.type, last.actor, last.comment) == ("run_cancelled", "ada", "a mistake")
    assert AuditEvent.objects.get(type="run_cancelled").actor_key == str(user.pk)


@pytest.mark.parametrize("todo", [Defer(hours=1), steps.Busy()])
def test_a_waiting_or_retrying_run_is_cancelled_at_once(todo: Any, plan: Plan) -> None:
    plan["flaky"] = todo
    run_id = driven(workflows.Retries)
    assert seen(run_id).status in ("waiting", "retrying")
    assert api.cancel_run(str(run_id)).status == "cancelled"
    assert fast_forward(run_id) == 0
    assert statuses(run_id)["flaky"] == "cancelled"


def test_a_paused_run_is_cancelled_at_once() -> None:
    run_id = api.start_run(workflows.Single).id
    load_code.cache_clear()
    with pytest.MonkeyPatch.context() as patched:
        patched.delattr(steps, "act")
        run_until_idle()
    assert seen(run_id).status == "paused"
    assert api.cancel_run(run_id).status == "cancelled"


def test_a_running_step_finishes_before_its_run_is_cancelled() -> None:
    run_id = api.start_run(workflows.Chain).id
    held = claim(run_id)
    assert api.cancel_run(run_id).status == "cancelling"
    assert statuses(run_id)["one"] == "running"
    assert settled(held, go_on=True) is None
    run = seen(run_id)
    assert run.status == "cancelled"
    assert run.finished_at is not None
    assert statuses(run_id) == {"one": "completed", "two": "pending", "three": "pending"}
    assert events(run_id) == ["run_started", "run_cancelling", "run_cancelled"]


def test_a_cancelled_run_stays_cancelled_if_its_running_step_fails() -> None:
    run_id = api.start_run(workflows.Chain).id
    held = claim(run_id)
    api.cancel_run(run_id)
    settled(held, Failure({"type": "X", "message": "m"}))
    assert seen(run_id).status == "cancelled"


@pytest.mark.parametrize("twice", ["completed", "cancelled", "cancelling"])
def test_a_finished_or_ending_run_cannot_be_cancelled(twice: str) -> None:
    run_id = api.start_run(workflows.Single).id
    if twice == "completed":
        run_until_idle()
    else:
        if twice == "cancelling":
            claim(run_id)
        api.cancel_run(run_id)
    with pytest.raises(IllegalAction) as caught:
        api.cancel_run(run_id)
    assert caught.value.code == "illegal_action"
    assert caught.value.details == {"run_id": str(run_id), "status": twice}


@pytest.mark.parametrize("action", [api.cancel_run, api.inspect_run, api.replay_run])
def test_an_unknown_run_is_a_typed_error(action: Any) -> None:
    with pytest.raises(RunNotFound) as caught:
        action(uuid4())
    assert caught.value.code == "run_not_found"
    with pytest.raises(InvalidArgument):
        action("no uuid")
