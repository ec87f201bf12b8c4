"""Resuming a run at a pause."""

from __future__ import annotations

import pytest

from squid_mesh import api
from squid_mesh.exceptions import (
    AlreadyDecided,
    IllegalAction,
    NotPermitted,
)
from tests.host import people, workflows
from tests.host.people import person
from tests.host.runs import driven, events, fast_forward, run_until_idle, seen


def test_a_pause_holds_the_run_until_a_person_resumes_it(calls: list[str]) -> None:
    run_id = driven(people.Holds)
    run = seen(run_id)
    assert (run.status, run.step("ready").waiting_for, run.step("ready").due_at) == ("paused", "pause", None)
    assert fast_forward(run_id) == 0
    after = api.unblock_run(run_id, actor=person("ada", "squid_mesh.unblock_run"), reason="it is full")
    assert after.status == "running"
    run_until_idle()
    assert calls == ["before", "after"]
    run = seen(run_id)
    assert (run.status, run.step("ready").outcome, run.step("ready").attempt) == ("completed", "ok", 1)
    event = run.events[2]
    assert (event.type, event.step, event.actor, event.comment) == ("resumed", "ready", "ada", "it is full")
    assert events(run_id) == ["run_started", "paused", "resumed", "run_completed"]


def test_code_without_a_user_can_resume_a_run() -> None:
    run_id = driven(people.Holds)
    assert api.unblock_run(run_id, actor="warehouse feed").status == "running"


def test_only_the_people_whom_a_pause_names_can_resume() -> None:
    run_id = driven(people.Guards)
    for denied in (
        person("eve", "squid_mesh.unblock_run"),
        person("bob", "host.change_order"),
        person("cleo", groups=("Warehouse",)),
    ):
        with pytest.raises(NotPermitted):
            api.unblock_run(run_id, actor=denied)
    api.unblock_run(run_id, actor=person("ada", "host.change_order", groups=("Warehouse",)))


def test_the_second_of_two_people_gets_an_error_that_names_the_first() -> None:
    run_id = driven(people.Holds)
    api.unblock_run(run_id, actor="ada")
    with pytest.raises(AlreadyDecided) as caught:
        api.unblock_run(run_id, actor="bob")
    assert caught.value.details["by"] == "ada"


def test_only_a_waiting_pause_can_be_resumed() -> None:
    for run_id in (driven(people.Reviews), driven(workflows.Chain)):
        with pytest.raises(IllegalAction):
            api.unblock_run(run_id)
    with pytest.raises(IllegalAction):
        api.unblock_run(driven(people.Reviews), step="review")
