"""Invalid arguments of ``pause(...)`` and ``approval(...)``."""

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
    ("arguments", "error"),
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
def test_prompt_permission_and_groups_are_valid(arguments: Any, error: str) -> None:
    with expect_problems(f"step 'check': {error}", f"step 'review': {error}"):

        class Post(Workflow):
            check = pause(**arguments)
            review = approval(**arguments)
            flow = [check >> review >> complete, review.on("rejected") >> fail]


@pytest.mark.parametrize(
    ("escalation", "error"),
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
def test_an_escalation_names_more_people(escalation: Any, error: str) -> None:
    with expect_problems(f"step 'review': {error}"):

        class Post(Workflow):
            review = approval(deadline=60, on_timeout=escalation)
            flow = [review >> complete, review.on("rejected") >> fail]


@pytest.mark.parametrize("word", ["quorum", "rejections"])
@pytest.mark.parametrize("count", [0, -1, 1.5, True, "2", None])
def test_quorum_and_rejections_are_at_least_1(word: str, count: Any) -> None:
    with expect_problems(f"step 'review': its {word}= is {count!r}; use a whole number of at least 1"):

        class Post(Workflow):
            review = approval(**{word: count})
            flow = [review >> complete, review.on("rejected") >> fail]


def test_not_by_starter_is_a_bool() -> None:
    with expect_problems("step 'review': its not_by_starter= is 'no'; use True or False"):

        class Post(Workflow):
            review = approval(not_by_starter="no")  # type: ignore[arg-type]
            flow = [review >> complete, review.on("rejected") >> fail]


@pytest.mark.parametrize(
    ("form", "error"),
    [
        (5, "its form= is 5; use a subclass of pydantic's BaseModel"),
        (sample_steps.Point, "use a subclass of pydantic's BaseModel"),
        (sample_steps.Decision(discount_percent=1), "use a subclass of pydantic's BaseModel"),
        (Whole, "its form= is a RootModel, which has no fields; use a BaseModel"),
        (make_form(), "its form= is make_form.<locals>.Local, defined inside a function; move it to the top"),
        (sample_steps.Unshowable, "its form= has no JSON schema ("),
    ],
)
def test_a_form_is_an_importable_model(form: Any, error: str) -> None:
    with expect_problems(f"step 'review': {error}" if error.startswith("its") else error):

        class Post(Workflow):
            review = approval(form=form, output="review")
            flow = [review >> complete, review.on("rejected") >> fail]


def test_output_needs_a_form() -> None:
    with expect_problems("step 'review': its output= has no effect without a form; set form="):

        class Post(Workflow):
            review = approval(output="review")
            flow = [review >> complete, review.on("rejected") >> fail]


def test_arguments_of_ordinary_steps_are_type_errors() -> None:
    with pytest.raises(TypeError, match="retry"):
        approval(retry=None)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="form"):
        pause(form=sample_steps.Decision)  # type: ignore[call-arg]
