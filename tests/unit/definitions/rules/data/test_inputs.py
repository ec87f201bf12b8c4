"""Parameters that nobody supplies."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from squid_mesh import Workflow, approval, complete, fail, manual, step
from tests.unit.definitions import sample_steps
from tests.unit.definitions.assertions import expect_problems


def test_a_parameter_needs_a_source() -> None:
    with expect_problems(
        "step 'go': its parameter 'order_id' has no value: no payload field and no earlier step is named"
        " 'order_id' (did you mean 'order'?); the state has 'order'."
    ):

        class Post(Workflow):
            class Payload(BaseModel):
                order: int

            go = step(sample_steps.read_order)


def test_a_guard_needs_sources_as_well() -> None:
    with expect_problems(
        "step 'go': its guard's parameter 'premium' has no value: no payload field and no earlier"
    ):

        class Post(Workflow):
            go = step(sample_steps.noop, when=sample_steps.is_premium)


def test_the_payload_supplies() -> None:
    class Post(Workflow):
        class Payload(BaseModel):
            order_id: int
            premium: bool

        go = step(sample_steps.read_order, when=sample_steps.is_premium)

    assert not Post.problems


def test_every_trigger_has_to_supply() -> None:
    with expect_problems(
        "its parameter 'order_id' has no value: the payload of trigger 'by_phone' has no field 'order_id'"
    ):

        class Post(Workflow):
            by_order = manual(payload=sample_steps.Order)
            by_phone = manual()
            go = step(sample_steps.read_order)


@pytest.mark.parametrize(
    "producer",
    [
        sample_steps.make_feed,
        sample_steps.feed_or_nothing,
        sample_steps.feed_or_digest,
        sample_steps.anything,
        sample_steps.make_dict,
        sample_steps.feed_or_outcome,
        sample_steps.make_shape,
    ],
)
def test_an_earlier_step_supplies_what_it_merges_or_may_merge(producer: Any) -> None:
    class Post(Workflow):
        make = step(producer)
        go = step(sample_steps.read_title)
        flow = make >> go

    assert not Post.problems


@pytest.mark.parametrize("producer", [sample_steps.noop, sample_steps.make_digest, sample_steps.make_point])
def test_an_earlier_step_supplies_no_more_than_it_says(producer: Any) -> None:
    with expect_problems("step 'go': its parameter 'title' has no value"):

        class Post(Workflow):
            make = step(producer)
            go = step(sample_steps.read_title)
            flow = make >> go


def test_a_stored_output_supplies_its_key_alone() -> None:
    with expect_problems(
        "step 'go': its parameter 'title' has no value", "step 'more': its parameter 'feed'"
    ):

        class Post(Workflow):
            make = step(sample_steps.make_feed, output="news")
            go = step(sample_steps.read_title)
            more = step(sample_steps.read_feed)
            flow = make >> go >> more


def test_a_step_that_comes_later_supplies_nothing() -> None:
    with expect_problems(
        "its parameter 'feed' has no value: step 'make' writes 'feed', but doesn't precede this step; put it"
    ):

        class Post(Workflow):
            go = step(sample_steps.read_feed)
            make = step(sample_steps.make_feed, output="feed")
            flow = go >> make


def test_a_failed_step_supplies_nothing() -> None:
    with expect_problems("step 'tell': its parameter 'feed' has no value"):

        class Post(Workflow):
            make = step(sample_steps.make_feed, output="feed")
            tell = step(sample_steps.read_feed)
            flow = make.on_error() >> tell


def test_a_payload_that_allows_anything_may_supply_anything() -> None:
    class Post(Workflow):
        Payload = sample_steps.Loose
        go = step(sample_steps.read_order)

    assert not Post.problems


def test_a_default_needs_no_source() -> None:
    class Post(Workflow):
        go = step(sample_steps.read_posted_on)

    assert not Post.problems


def test_input_reaches_into_what_is_there() -> None:
    class Post(Workflow):
        class Payload(BaseModel):
            order: sample_steps.Order

        go = step(sample_steps.read_order, input={"order_id": "order.order_id"})

    assert not Post.problems


def test_input_that_starts_nowhere_is_refused_even_with_a_default() -> None:
    with expect_problems(
        "its parameter 'posted_on', mapped to 'dates.posted', has no value: no payload field"
    ):

        class Post(Workflow):
            go = step(sample_steps.read_posted_on, input={"posted_on": "dates.posted"})


def test_a_step_class_is_asked_by_its_run() -> None:
    with expect_problems("step 'go': its parameter 'order_id' has no value"):

        class Post(Workflow):
            go = step(sample_steps.Reserve)


def test_an_assignee_function_needs_sources_as_well() -> None:
    with expect_problems(
        "step 'review': its assignee's parameter 'order_id' has no value: no payload field and no"
    ):

        class Post(Workflow):
            review = approval(assignee=sample_steps.manager)
            flow = [review >> complete, review.on("rejected") >> fail]


def test_the_payload_supplies_an_assignee_function() -> None:
    class Post(Workflow):
        by_order = manual(payload=sample_steps.Order)
        review = approval(assignee=sample_steps.manager)
        flow = [review >> complete, review.on("rejected") >> fail]

    assert not Post.problems


def test_a_form_supplies_its_fields_or_its_output() -> None:
    class Merged(Workflow):
        review = approval(form=sample_steps.Decision)
        go = step(sample_steps.read_discount)
        flow = [review >> go, review.on("rejected") >> fail]

    class Kept(Workflow):
        review = approval(form=sample_steps.Decision, output="review")
        go = step(sample_steps.read_review)
        flow = [review >> go, review.on("rejected") >> fail]

    assert not Merged.problems
    assert not Kept.problems


def test_an_approval_supplies_nothing_but_its_form() -> None:
    with expect_problems(
        "step 'one': its parameter 'discount_percent' has no value",
        "step 'two': its parameter 'discount_percent' has no value: no payload field and no earlier step"
        " is named 'discount_percent'; the state has 'review'",
    ):

        class Post(Workflow):
            bare = approval()
            one = step(sample_steps.read_discount)
            review = approval(form=sample_steps.Decision, output="review")
            two = step(sample_steps.read_discount)
            flow = [bare >> one >> review >> two, [bare.on("rejected"), review.on("rejected")] >> fail]


def test_what_runs_again_is_not_supplied_by_what_came_after_it() -> None:
    with expect_problems("step 'load': its parameter 'discount_percent' has no value: step 'review' writes"):

        class Post(Workflow):
            load = step(sample_steps.read_discount)
            review = approval(form=sample_steps.Decision)
            flow = [load >> review >> complete, review.on("rejected").rewind(load)]
