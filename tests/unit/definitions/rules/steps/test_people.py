"""Pauses and approvals that ask for nothing usable, or nobody."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, RootModel

from squid_mesh import Workflow, approval, complete, escalate, fail, pause
from tests.unit.definitions import sample_steps
from tests.unit.definitions.assertions import expect_problems


def make_form() -> type[BaseModel]:
    class Local(BaseModel):
        yes: bool

    return Local


class Whole(RootModel[int]):
    pass


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ({"prompt": 5}, "its prompt is 5; use a string"),
        (
            {"permission": "approve"},
            "its permission= is 'approve'; use a permission such as 'billing.approve_rec",
        ),
        ({"permission": "billing."}, "its permission= is 'billing.'"),
        ({"permission": ".approve"}, "its permission= is '.approve'"),
        ({"permission": None}, "its permission= is None"),
        ({"groups": "Finance"}, "its groups= is 'Finance'; use a list of names such as ['Finance']"),
        ({"groups": ["Finance", ""]}, "its groups= contains '', which is not a name; remove it"),
        ({"groups": [5]}, "its groups= contains 5, which is not a name"),
    ],
)
def test_a_pause_and_an_approval_ask_people_who_can_be_found(arguments: Any, fault: str) -> None:
    with expect_problems(f"step 'check': {fault}", f"step 'review': {fault}"):

        class Post(Workflow):
            check = pause(**arguments)
            review = approval(**arguments)
            flow = [check >> review >> complete, review.on("rejected") >> fail]


@pytest.mark.parametrize(
    ("escalation", "fault"),
    [
        (
            escalate(),
            "its escalation's people are the same as before; pass permission= or groups= to escalate(",
        ),
        (escalate(permission="all"), "its escalation's permission= is 'all'"),
        (escalate(groups="Board"), "its escalation's groups= is 'Board'; use a list"),
        (
            escalate(groups=["Board"], deadline=9, on_timeout=escalate(groups=[None])),  # type: ignore[list-item]
            "its escalation's groups= contains None",
        ),
    ],
)
def test_an_escalation_asks_more_people(escalation: Any, fault: str) -> None:
    with expect_problems(f"step 'review': {fault}"):

        class Post(Workflow):
            review = approval(deadline=60, on_timeout=escalation)
            flow = [review >> complete, review.on("rejected") >> fail]


@pytest.mark.parametrize("word", ["quorum", "rejections"])
@pytest.mark.parametrize("count", [0, -1, 1.5, True, "2", None])
def test_people_are_counted_from_one(word: str, count: Any) -> None:
    with expect_problems(f"step 'review': its {word}= is {count!r}; use a whole number of at least 1"):

        class Post(Workflow):
            review = approval(**{word: count})
            flow = [review >> complete, review.on("rejected") >> fail]


def test_whether_the_starter_may_decide_is_a_yes_or_a_no() -> None:
    with expect_problems("step 'review': its not_by_starter= is 'no'; use True or False"):

        class Post(Workflow):
            review = approval(not_by_starter="no")  # type: ignore[arg-type]
            flow = [review >> complete, review.on("rejected") >> fail]


@pytest.mark.parametrize(
    ("form", "fault"),
    [
        (5, "its form= is 5; use a subclass of pydantic's BaseModel"),
        (sample_steps.Point, "use a subclass of pydantic's BaseModel"),
        (sample_steps.Decision(discount_percent=1), "use a subclass of pydantic's BaseModel"),
        (Whole, "its form= is a RootModel, which has no fields; use a BaseModel"),
        (make_form(), "its form= is make_form.<locals>.Local, defined inside a function; move it to the top"),
        (sample_steps.Unshowable, "its form= has no JSON schema ("),
    ],
)
def test_a_form_is_a_model_that_can_be_stored_and_shown(form: Any, fault: str) -> None:
    with expect_problems(f"step 'review': {fault}" if fault.startswith("its") else fault):

        class Post(Workflow):
            review = approval(form=form, output="review")
            flow = [review >> complete, review.on("rejected") >> fail]


def test_without_a_form_there_is_no_output() -> None:
    with expect_problems("step 'review': its output= has no effect without a form; set form="):

        class Post(Workflow):
            review = approval(output="review")
            flow = [review >> complete, review.on("rejected") >> fail]


def test_what_makes_no_sense_for_people_is_refused_by_the_signature() -> None:
    with pytest.raises(TypeError, match="retry"):
        approval(retry=None)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="form"):
        pause(form=sample_steps.Decision)  # type: ignore[call-arg]
