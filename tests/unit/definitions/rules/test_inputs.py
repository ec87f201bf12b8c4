"""Parameters that nobody supplies."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from squid_mesh import Workflow, approval, complete, fail, manual, step
from tests.unit.definitions import zoo
from tests.unit.definitions.refusal import refused


def test_a_parameter_needs_a_source() -> None:
    with refused(
        "step 'go': its parameter 'order_id' can't be supplied: no payload and no earlier step supplies"
        " 'order_id' (did you mean 'order'?); there is 'order'."
    ):

        class Post(Workflow):
            class Payload(BaseModel):
                order: int

            go = step(zoo.read_order)


def test_a_guard_needs_sources_as_well() -> None:
    with refused("step 'go': its guard's parameter 'premium' can't be supplied: no payload and no earlier"):

        class Post(Workflow):
            go = step(zoo.noop, when=zoo.is_premium)


def test_the_payload_supplies() -> None:
    class Post(Workflow):
        class Payload(BaseModel):
            order_id: int
            premium: bool

        go = step(zoo.read_order, when=zoo.is_premium)

    assert not Post.problems


def test_every_trigger_has_to_supply() -> None:
    with refused(
        "its parameter 'order_id' can't be supplied: the payload of trigger 'by_phone' has no 'order_id'"
    ):

        class Post(Workflow):
            by_order = manual(payload=zoo.Order)
            by_phone = manual()
            go = step(zoo.read_order)


@pytest.mark.parametrize(
    "producer",
    [
        zoo.make_feed,
        zoo.feed_or_nothing,
        zoo.feed_or_digest,
        zoo.anything,
        zoo.make_dict,
        zoo.feed_or_outcome,
        zoo.make_shape,
    ],
)
def test_an_earlier_step_supplies_what_it_merges_or_may_merge(producer: Any) -> None:
    class Post(Workflow):
        make = step(producer)
        go = step(zoo.read_title)
        flow = make >> go

    assert not Post.problems


@pytest.mark.parametrize("producer", [zoo.noop, zoo.make_digest, zoo.make_point])
def test_an_earlier_step_supplies_no_more_than_it_says(producer: Any) -> None:
    with refused("step 'go': its parameter 'title' can't be supplied"):

        class Post(Workflow):
            make = step(producer)
            go = step(zoo.read_title)
            flow = make >> go


def test_a_stored_output_supplies_its_key_alone() -> None:
    with refused("step 'go': its parameter 'title' can't be supplied", "step 'more': its parameter 'feed'"):

        class Post(Workflow):
            make = step(zoo.make_feed, output="news")
            go = step(zoo.read_title)
            more = step(zoo.read_feed)
            flow = make >> go >> more


def test_a_step_that_comes_later_supplies_nothing() -> None:
    with refused(
        "its parameter 'feed' can't be supplied: step 'make' writes 'feed', but doesn't come before; add it"
    ):

        class Post(Workflow):
            go = step(zoo.read_feed)
            make = step(zoo.make_feed, output="feed")
            flow = go >> make


def test_a_failed_step_supplies_nothing() -> None:
    with refused("step 'tell': its parameter 'feed' can't be supplied"):

        class Post(Workflow):
            make = step(zoo.make_feed, output="feed")
            tell = step(zoo.read_feed)
            flow = make.on_error() >> tell


def test_a_payload_that_allows_anything_may_supply_anything() -> None:
    class Post(Workflow):
        Payload = zoo.Loose
        go = step(zoo.read_order)

    assert not Post.problems


def test_a_default_needs_no_source() -> None:
    class Post(Workflow):
        go = step(zoo.read_posted_on)

    assert not Post.problems


def test_input_reaches_into_what_is_there() -> None:
    class Post(Workflow):
        class Payload(BaseModel):
            order: zoo.Order

        go = step(zoo.read_order, input={"order_id": "order.order_id"})

    assert not Post.problems


def test_input_that_starts_nowhere_is_refused_even_with_a_default() -> None:
    with refused("its parameter 'posted_on', mapped to 'dates.posted', can't be supplied: no payload"):

        class Post(Workflow):
            go = step(zoo.read_posted_on, input={"posted_on": "dates.posted"})


def test_a_step_class_is_asked_by_its_run() -> None:
    with refused("step 'go': its parameter 'order_id' can't be supplied"):

        class Post(Workflow):
            go = step(zoo.Reserve)


def test_an_assignee_function_needs_sources_as_well() -> None:
    with refused("step 'review': its assignee's parameter 'order_id' can't be supplied: no payload and no"):

        class Post(Workflow):
            review = approval(assignee=zoo.manager)
            flow = [review >> complete, review.on("rejected") >> fail]


def test_the_payload_supplies_an_assignee_function() -> None:
    class Post(Workflow):
        by_order = manual(payload=zoo.Order)
        review = approval(assignee=zoo.manager)
        flow = [review >> complete, review.on("rejected") >> fail]

    assert not Post.problems


def test_a_form_supplies_its_fields_or_its_output() -> None:
    class Merged(Workflow):
        review = approval(form=zoo.Decision)
        go = step(zoo.read_discount)
        flow = [review >> go, review.on("rejected") >> fail]

    class Kept(Workflow):
        review = approval(form=zoo.Decision, output="review")
        go = step(zoo.read_review)
        flow = [review >> go, review.on("rejected") >> fail]

    assert not Merged.problems
    assert not Kept.problems


def test_an_approval_supplies_nothing_but_its_form() -> None:
    with refused(
        "step 'one': its parameter 'discount_percent' can't be supplied",
        "step 'two': its parameter 'discount_percent' can't be supplied: no payload and no earlier step"
        " supplies 'discount_percent'; there is 'review'",
    ):

        class Post(Workflow):
            bare = approval()
            one = step(zoo.read_discount)
            review = approval(form=zoo.Decision, output="review")
            two = step(zoo.read_discount)
            flow = [bare >> one >> review >> two, [bare.on("rejected"), review.on("rejected")] >> fail]


def test_what_runs_again_is_not_supplied_by_what_came_after_it() -> None:
    with refused("step 'load': its parameter 'discount_percent' can't be supplied: step 'review' writes"):

        class Post(Workflow):
            load = step(zoo.read_discount)
            review = approval(form=zoo.Decision)
            flow = [load >> review >> complete, review.on("rejected").rewind(load)]
