"""Pauses, and comments: letting a run go on, and saying something about it."""

from __future__ import annotations

import pytest

from squid_mesh import api
from squid_mesh.exceptions import (
    AlreadyDecided,
    IllegalAction,
    InvalidArgument,
    NotPermitted,
    RunNotFound,
    StepNotFound,
)
from squid_mesh.testing import fast_forward, run_until_idle
from tests.host import people, workflows
from tests.host.people import person
from tests.host.runs import driven, events, seen


def test_a_pause_holds_until_a_person_lets_the_run_go_on(calls: list[str]) -> None:
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
    told = run.events[2]
    assert (told.type, told.step, told.actor, told.comment) == ("resumed", "ready", "ada", "it is full")
    assert events(run_id) == ["run_started", "paused", "resumed", "run_completed"]


def test_the_hosts_own_code_may_let_a_run_go_on() -> None:
    run_id = driven(people.Holds)
    assert api.unblock_run(run_id, actor="warehouse feed").status == "running"


def test_a_pause_for_some_is_not_for_others() -> None:
    run_id = driven(people.Guards)
    for denied in (
        person("eve", "squid_mesh.unblock_run"),
        person("bob", "host.change_order"),
        person("cleo", groups=("Warehouse",)),
    ):
        with pytest.raises(NotPermitted):
            api.unblock_run(run_id, actor=denied)
    api.unblock_run(run_id, actor=person("ada", "host.change_order", groups=("Warehouse",)))


def test_the_second_of_two_hears_who_was_faster() -> None:
    run_id = driven(people.Holds)
    api.unblock_run(run_id, actor="ada")
    with pytest.raises(AlreadyDecided) as caught:
        api.unblock_run(run_id, actor="bob")
    assert caught.value.details["by"] == "ada"


def test_what_is_no_held_pause_is_not_unblocked() -> None:
    for run_id in (driven(people.Reviews), driven(workflows.Chain)):
        with pytest.raises(IllegalAction):
            api.unblock_run(run_id)
    with pytest.raises(IllegalAction):
        api.unblock_run(driven(people.Reviews), step="review")


def test_a_comment_is_recorded_whatever_the_runs_status() -> None:
    ada = person("ada", "squid_mesh.comment_run")
    held, done = driven(people.Reviews), driven(workflows.Chain)
    for run_id, step in ((held, "review"), (done, "")):
        status = seen(run_id).status
        assert api.comment_run(run_id, "I asked them", actor=ada, step=step).status == status
        told = seen(run_id).events[-1]
        assert (told.type, told.step, told.actor, told.comment) == ("commented", step, "ada", "I asked them")


def test_a_comment_needs_text_a_step_that_exists_and_permission() -> None:
    run_id = driven(workflows.Chain)
    before = seen(run_id)
    with pytest.raises(InvalidArgument):
        api.comment_run(run_id, "  ", actor=None)
    with pytest.raises(StepNotFound):
        api.comment_run(run_id, "why?", actor=None, step="for")
    with pytest.raises(NotPermitted):
        api.comment_run(run_id, "why?", actor=person("eve"))
    with pytest.raises(RunNotFound):
        api.comment_run("018f0000-0000-7000-8000-000000000000", "why?", actor=None)
    assert seen(run_id) == before
