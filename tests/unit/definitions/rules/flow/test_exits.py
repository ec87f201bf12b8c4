"""Exits and deadlines of approvals."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from squid_mesh import Workflow, approval, complete, escalate, fail, step
from tests.unit.definitions import sample_steps
from tests.unit.definitions.assertions import expect_problems


def test_every_exit_of_an_approval_needs_a_route() -> None:
    with expect_problems(
        "step 'review': its exit 'approved' has no route; write review >> and a step, complete or fail",
        "step 'review': its exit 'rejected' has no route; write review.on('rejected') >> and a step",
        "step 'review': its exit 'later' has no route; write review.on('later') >> and a step",
        "step 'review': its exit 'timeout' has no route; write review.on('timeout') >> and a step, complete"
        " or fail, or choose another exit with on_timeout=",
    ):

        class Post(Workflow):
            review = approval(exits=["later"], deadline=60)


def test_the_last_step_of_a_chain_has_no_route() -> None:
    with expect_problems("step 'review': its exit 'approved' has no route; write review >> and a step"):

        class Post(Workflow):
            load = step(sample_steps.noop)
            review = approval()
            flow = [load >> review, review.on("rejected") >> fail]


def test_a_route_without_a_target_is_reported_once() -> None:
    with expect_problems("step 'review': its route 'rejected' has no target"):

        class Post(Workflow):
            review = approval()
            flow = [review >> complete, review.on("rejected")]


def test_every_notation_of_a_route_counts() -> None:
    class Post(Workflow):
        load = step(sample_steps.noop)
        review = approval(exits=["approved", "rejected", "later"], deadline=60)
        charge = step(sample_steps.other, after=review.on("approved"))
        flow = [
            load >> review,
            review.on("rejected").rewind(load),
            review.on("later") >> complete,
            review.on("timeout") >> fail,
            review.on_error() >> fail,
        ]

    assert Post.blueprint.by_name["review"].outcomes == ("later", "rejected", "timeout")


@pytest.mark.parametrize(
    ("exits", "error"),
    [
        ("later", "its exits= is 'later'; write a list"),
        (5, "its exits= is 5; write a list"),
        ([""], "its exits= contains '', which is not a label; remove it"),
        ([5], "its exits= contains 5, which is not a label"),
        ([["later"]], "its exits= contains ['later'], which is not a label"),
        (["x" * 101], "which has more than 100 characters"),
        (["ok"], "its exits= contains 'ok', which every step has; remove it"),
        (["error"], "its exits= contains 'error', which every step has"),
        (["timeout"], "its exits= contains 'timeout', which only a deadline chooses; remove it"),
    ],
)
def test_exits_are_labels(exits: Any, error: str) -> None:
    with expect_problems(error):

        class Post(Workflow):
            review = approval(exits=exits)
            flow = [review >> complete, review.on("rejected") >> fail, review.on("x" * 100) >> fail]


@pytest.mark.parametrize("deadline", [0, -1, timedelta(0), "soon", True, float("nan"), 10**12])
def test_a_deadline_is_a_duration(deadline: Any) -> None:
    with expect_problems("step 'review': its deadline= is"):

        class Post(Workflow):
            review = approval(deadline=deadline, on_timeout="rejected")
            flow = [review >> complete, review.on("rejected") >> fail]


def test_an_escalations_deadline_is_a_duration_too() -> None:
    with expect_problems("step 'review': its escalation's deadline= is 0 s; use more than 0 s"):

        class Post(Workflow):
            late = escalate(groups=["Board"], deadline=0, on_timeout="rejected")
            review = approval(deadline=60, on_timeout=late)
            flow = [review >> complete, review.on("rejected") >> fail]


def test_on_timeout_needs_a_deadline() -> None:
    with expect_problems(
        "step 'one': its on_timeout= has no effect without a deadline; set deadline=, or remove it",
        "step 'two': its escalation's on_timeout= has no effect without a deadline; set deadline=",
    ):

        class Post(Workflow):
            one = approval(on_timeout="rejected")
            two = approval(deadline=60, on_timeout=escalate(groups=["Board"], on_timeout="rejected"))
            flow = [one >> two >> complete, [one.on("rejected"), two.on("rejected")] >> fail]


@pytest.mark.parametrize(
    ("on_timeout", "error"),
    [
        ("reject", "(did you mean 'rejected'?); use one of 'approved', 'rejected', 'timeout', 'later'."),
        ("ok", "its on_timeout= is 'ok', which is not one of its exits"),
        ("error", "its on_timeout= is 'error', which is not one of its exits"),
        (5, "its on_timeout= is 5; use an exit or escalate(...)"),
        (escalate(groups=["Board"], deadline=60, on_timeout="lat"), "(did you mean 'later'?)"),
    ],
)
def test_on_timeout_is_an_exit(on_timeout: Any, error: str) -> None:
    with expect_problems(error):

        class Post(Workflow):
            review = approval(deadline=60, on_timeout=on_timeout)
            flow = [
                [review, review.on("later")] >> complete,
                [review.on("rejected"), review.on_error()] >> fail,
            ]


def test_a_deadline_can_not_approve_with_a_form() -> None:
    with expect_problems(
        "step 'review': its on_timeout= approves without filling in its form; choose another exit"
    ):

        class Post(Workflow):
            review = approval(form=sample_steps.Decision, deadline=60, on_timeout="approved")
            flow = [review >> complete, review.on("rejected") >> fail]


def test_a_deadline_may_approve_without_a_form() -> None:
    class Post(Workflow):
        review = approval(deadline=60, on_timeout="approved")
        flow = [review >> complete, review.on("rejected") >> fail]

    assert Post.blueprint.by_name["review"].options["request"]["on_timeout"] == "approved"


@pytest.mark.parametrize(
    "review",
    [
        approval(),
        approval(deadline=60, on_timeout="rejected"),
        approval(deadline=60, on_timeout=escalate(groups=["Board"])),
    ],
)
def test_a_timeout_route_needs_a_deadline_that_takes_it(review: Any) -> None:
    given = review
    with expect_problems(
        "step 'review': it has a route for the outcome 'timeout', which no deadline leads to"
    ):

        class Post(Workflow):
            review = given
            flow = [given >> complete, [given.on("rejected"), given.on("timeout")] >> fail]
