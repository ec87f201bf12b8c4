"""Comments on runs."""

from __future__ import annotations

import pytest

from squid_mesh import api
from squid_mesh.exceptions import (
    InvalidArgument,
    NotPermitted,
    RunNotFound,
    StepNotFound,
)
from tests.host import people, workflows
from tests.host.people import person
from tests.host.runs import driven, seen


def test_a_comment_is_recorded_in_any_status() -> None:
    ada = person("ada", "squid_mesh.comment_run")
    held, done = driven(people.Reviews), driven(workflows.Chain)
    for run_id, step in ((held, "review"), (done, "")):
        status = seen(run_id).status
        assert api.comment_run(run_id, "I asked them", actor=ada, step=step).status == status
        event = seen(run_id).events[-1]
        assert (event.type, event.step, event.actor, event.comment) == (
            "commented",
            step,
            "ada",
            "I asked them",
        )


def test_a_comment_that_is_sent_twice_is_stored_once() -> None:
    ada, bob = person("ada", "squid_mesh.comment_run"), person("bob", "squid_mesh.comment_run")
    run_id = driven(workflows.Chain)

    def comments() -> list[tuple[str, str, str]]:
        return [(e.actor, e.step, e.comment) for e in seen(run_id).events if e.type == "commented"]

    for _ in range(2):
        api.comment_run(run_id, "I asked them", actor=ada)
    assert comments() == [("ada", "", "I asked them")]
    api.comment_run(run_id, "I asked them", actor=bob)
    api.comment_run(run_id, "I asked them", actor=bob, step="one")
    api.comment_run(run_id, "I asked them", actor=ada)  # something happened in between
    assert comments()[1:] == [("bob", "", "I asked them"), ("bob", "one", "I asked them"), *comments()[:1]]


def test_a_comment_requires_text_an_existing_step_and_the_permission() -> None:
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
