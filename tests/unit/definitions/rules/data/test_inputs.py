"""Parameters without a value."""

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
        " 'order_id' (did you mean 'order'?); the state has 'order'; add it to the payload, "
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


def test_the_payload_of_every_trigger_must_supply_a_parameter() -> None:
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
def test_an_earlier_step_supplies_the_keys_it_merges(producer: Any) -> None:
    class Post(Workflow):
        make = step(producer)
        go = step(sample_steps.read_title)
        flow = make >> go

    assert not Post.problems


@pytest.mark.parametrize("producer", [sample_steps.noop, sample_steps.make_digest, sample_steps.make_point])
def test_an_earlier_step_supplies_only_its_annotated_fields(producer: Any) -> None:
    with expect_problems("step 'go': its parameter 'title' has no value"):

        class Post(Workflow):
            make = step(producer)
            go = step(sample_steps.read_title)
            flow = make >> go


def test_an_output_key_supplies_only_itself() -> None:
    with expect_problems(
        "step 'go': its parameter 'title' has no value", "step 'more': its parameter 'feed'"
    ):

        class Post(Workflow):
            make = step(sample_steps.make_feed, output="news")
            go = step(sample_steps.read_title)
            more = step(sample_steps.read_feed)
            flow = make >> go >> more


def test_a_later_step_supplies_nothing() -> None:
    with expect_problems(
        "its parameter 'feed' has no value: step 'make' writes 'feed', but runs after or beside this step"
    ):

        class Post(Workflow):
            go = step(sample_steps.read_feed)
            make = step(sample_steps.make_feed, output="feed")
            flow = go >> make


def test_a_failed_step_supplies_nothing() -> None:
    with expect_problems("step 'notify': its parameter 'feed' has no value"):

        class Post(Workflow):
            make = step(sample_steps.make_feed, output="feed")
            notify = step(sample_steps.read_feed)
            flow = make.on_error() >> notify


def test_a_payload_with_extra_fields_may_supply_anything() -> None:
    class Post(Workflow):
        Payload = sample_steps.Loose
        go = step(sample_steps.read_order)

    assert not Post.problems


def test_a_default_needs_no_source() -> None:
    class Post(Workflow):
        go = step(sample_steps.read_posted_on)

    assert not Post.problems


def test_input_may_be_a_path_into_a_known_key() -> None:
    class Post(Workflow):
        class Payload(BaseModel):
            order: sample_steps.Order

        go = step(sample_steps.read_order, input={"order_id": "order.order_id"})

    assert not Post.problems


def test_an_input_path_without_a_source_is_rejected_even_with_a_default() -> None:
    with expect_problems(
        "its parameter 'posted_on', mapped to 'dates.posted', has no value: no payload field"
    ):

        class Post(Workflow):
            go = step(sample_steps.read_posted_on, input={"posted_on": "dates.posted"})


def test_the_parameters_of_a_step_class_are_those_of_run() -> None:
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


def test_an_approval_supplies_only_its_form() -> None:
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


def test_a_repeated_step_gets_nothing_from_later_steps() -> None:
    with expect_problems("step 'load': its parameter 'discount_percent' has no value: step 'review' writes"):

        class Post(Workflow):
            load = step(sample_steps.read_discount)
            review = approval(form=sample_steps.Decision)
            flow = [load >> review >> complete, review.on("rejected").rewind(load)]
