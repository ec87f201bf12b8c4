"""Payload models and their defaults."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, HttpUrl, RootModel, create_model

from squid_mesh import Workflow, approval, complete, fail, manual, step
from tests.unit.definitions import sample_steps
from tests.unit.definitions.assertions import expect_problems


class Incomplete(BaseModel):
    order: NowhereDefined  # type: ignore[name-defined]  # noqa: F821


@pytest.mark.parametrize(
    ("model", "error"),
    [
        ({"order_id": int}, "; use a subclass of pydantic's BaseModel"),
        (sample_steps.NotAStep, "; use a subclass of pydantic's BaseModel"),
        (RootModel[list[int]], "is a RootModel, which has no fields; use a BaseModel"),
        (Incomplete, "has an annotation that can't be resolved"),
    ],
)
def test_a_payload_is_a_complete_model(model: Any, error: str) -> None:
    with expect_problems(error):

        class Post(Workflow):
            Payload = model
            go = step(sample_steps.noop)

    with expect_problems("the payload of trigger 'by_hand' "):

        class Again(Workflow):
            by_hand = manual(payload=model)
            go = step(sample_steps.noop)


@pytest.mark.parametrize(
    ("annotation", "default", "error"),
    [
        (int, "twelve", "Input should be a valid integer"),
        (str, None, "Input should be a valid string"),
        (Annotated[int, Field(gt=0)], 0, "Input should be greater than 0"),
        (Annotated[str, Field(max_length=2)], "long", "String should have at most 2 characters"),
        (list[int], ["x"], "Input should be a valid integer"),
        (HttpUrl, "no url", "Input should be a valid URL"),
        (float, math.nan, "A float can't be stored as JSON: nan is not a JSON number"),
        (date, "tomorrow", "Input should be a valid date"),
    ],
)
def test_a_default_must_be_valid_for_its_field(annotation: Any, default: Any, error: str) -> None:
    model = create_model("Payload", field=(annotation, default))
    with expect_problems(f"the default of field in its Payload is invalid: {error}"):

        class Post(Workflow):
            Payload = model
            go = step(sample_steps.noop)


@pytest.mark.parametrize(
    ("annotation", "default"),
    [
        (HttpUrl, "https://example.com"),
        (date, "2026-11-22"),
        (int | None, None),
        (int, Field(default_factory=lambda: "made later")),
        (sample_steps.Feed, sample_steps.Feed()),
        (Annotated[int, Field(ge=0)], 0),
    ],
)
def test_valid_defaults_pass(annotation: Any, default: Any) -> None:
    model = create_model("Payload", field=(annotation, default))

    class Post(Workflow):
        Payload = model
        go = step(sample_steps.noop)

    assert Post.payload_models == {"manual": model}


def test_a_shared_payload_is_reported_once() -> None:
    with expect_problems("the default of count in its Payload is invalid"):

        class Post(Workflow):
            class Payload(BaseModel):
                count: int = "x"  # type: ignore[assignment]

            by_hand = manual()
            by_phone = manual()
            go = step(sample_steps.noop)


class Line(BaseModel):
    quantity: int = "many"  # type: ignore[assignment]


@dataclass
class Box:
    weight: float = "heavy"  # type: ignore[assignment]
    lines: list[Line] = field(default_factory=list)


class Parcel(BaseModel):
    boxes: dict[str, Box | None] = {}
    weight: float = "heavy"  # type: ignore[assignment]


def test_a_default_below_a_field_must_be_valid_too() -> None:
    with expect_problems(
        "the default of weight in its Payload is invalid: Input should be a valid number",
        "the default of Box.weight in its Payload is invalid: Input should be a valid number",
        "the default of Line.quantity in its Payload is invalid: Input should be a valid integer",
    ):

        class Post(Workflow):
            Payload = Parcel
            go = step(sample_steps.noop)


def test_the_default_of_a_form_must_be_valid() -> None:
    with expect_problems("its form's default of quantity is invalid: Input should be a valid integer"):

        class Post(Workflow):
            review = approval(form=Line)
            flow = [review >> complete, review.on("rejected") >> fail]
