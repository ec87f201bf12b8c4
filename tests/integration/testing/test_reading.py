"""The steps of a run as a list, and its history as text."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from squid_mesh import Outcome, api
from squid_mesh.testing import advance, assert_steps, decide, drain, history, run_workflow
from squid_mesh.testing.errors import StepsDiffer
from tests.host import people, workflows


def test_steps_are_listed_with_their_status(plan) -> None:
    plan["two"] = ValueError("broken")
    run = run_workflow(workflows.Chain)
    assert_steps(run, ["one", ("two", "failed")])
    assert_steps(run.id, [("one", "completed"), ("two", "failed")])
    assert_steps(str(run.id), ["one", ("two", "failed")])


def test_a_difference_is_shown_line_by_line_with_the_errors(plan) -> None:
    plan["two"] = ValueError("broken")
    run = run_workflow(workflows.Chain)
    with pytest.raises(AssertionError) as caught:
        assert_steps(run, ["one", "two", "three"])
    assert isinstance(caught.value, StepsDiffer)
    assert str(caught.value) == (
        "The steps of the run of host.Chain differ (- expected, + actual):\n"
        "  one: completed\n"
        "- two: completed\n"
        "- three: completed\n"
        "+ two: failed\n"
        "Errors:\n"
        "two: ValueError: broken"
    )
    assert caught.value.details["actual"] == [["one", "completed"], ["two", "failed"]]


def test_a_snapshot_is_read_again() -> None:
    started = api.start_run(workflows.Sleeps)
    assert_steps(started, [("before", "ready")])
    drain()
    assert_steps(started, ["before", ("nap", "waiting")])


def test_each_visit_of_a_repeated_step_is_listed() -> None:
    run = api.start_run(people.Reviews)
    drain()
    decide(run, "changes", by=User.objects.create_superuser("ada"))
    assert_steps(run, ["load", "load", "review", ("review", "paused")])


def test_skipped_steps_are_listed_if_they_are_expected(plan) -> None:
    plan["ask"] = Outcome("no")
    run = run_workflow(workflows.Choice)
    assert_steps(run, ["ask", "no", "after"])
    assert_steps(run, ["ask", ("yes", "skipped"), "no", "after"])
    with pytest.raises(StepsDiffer):
        assert_steps(run, ["ask", "no", ("after", "skipped")])


def test_a_history_is_the_same_for_two_runs_at_different_times(plan) -> None:
    def execute() -> str:
        plan["flaky"] = [ConnectionError(f"lost {uuid4()} at {timezone.now().isoformat()}"), None]
        return history(run_workflow(workflows.Retries))

    first = execute()
    advance(days=40, cron=())
    assert execute() == first
    assert first == (
        "host.Retries (manual): completed\n"
        "  flaky: completed\n"
        "    attempt 1: failed: ConnectionError: lost <id> at <time>\n"
        "    attempt 2: completed\n"
        "  after: completed\n"
        "events:\n"
        "  run_started\n"
        "  run_completed after\n"
    )


def test_a_history_has_what_people_did() -> None:
    run = api.start_run(people.Reviews, actor="shop")
    drain()
    decide(run, "changes", by=User.objects.create_superuser("ada"), comment="too much")
    api.cancel_run(run.id, actor="night shift", reason="late")
    assert history(run).splitlines() == [
        "host.Reviews (manual): cancelled",
        "  load: completed",
        "  load (visit 2): completed",
        "  review: completed -> changes",
        "    changes by ada: too much",
        "  review (visit 2): cancelled",
        "events:",
        *(f"  {line}" for line in EVENTS),
    ]


EVENTS = [
    "run_started by shop",
    "approval_requested review",
    "decided review by ada: too much",
    "rewound review",
    "approval_requested review",
    "run_cancelled by night shift: late",
]
