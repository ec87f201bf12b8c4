"""Invalid arguments of ``step(...)``."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import BaseModel

from squid_mesh import Workflow, step
from tests.unit.definitions import sample_steps
from tests.unit.definitions.assertions import expect_problems


def test_on_crash_has_a_known_value() -> None:
    with expect_problems(
        "step 'go': its on_crash= is 'retyr' (did you mean 'retry'?); use one of 'retry', 'pause'"
    ):

        class Post(Workflow):
            go = step(sample_steps.noop, on_crash="retyr")  # type: ignore[arg-type]


@pytest.mark.parametrize("given", [None, "false", 0, 1, []])
def test_irreversible_is_true_or_false(given: Any) -> None:
    with expect_problems("step 'go': its irreversible= is"):

        class Post(Workflow):
            go = step(sample_steps.noop, irreversible=given)


@pytest.mark.parametrize(
    ("timeout", "error"),
    [
        (0, "is 0 s; use more than 0 s"),
        (-1.5, "is -1.5 s; use more than 0 s"),
        (timedelta(seconds=-1), "is -1 s; use more than 0 s"),
        (float("nan"), "is nan; use a number of seconds or a timedelta"),
        (float("inf"), "is inf s, more than a century; use less"),
        ("5", "is '5'; use a number of seconds or a timedelta"),
        (True, "is True; use a number of seconds or a timedelta"),
        (10**400, "is more than a century; use less"),
        (-(10**400), "is negative; use more than 0 s"),
    ],
)
def test_a_timeout_is_a_duration(timeout: Any, error: str) -> None:
    with expect_problems(f"step 'go': its timeout= {error}"):

        class Post(Workflow):
            go = step(sample_steps.noop, timeout=timeout)


@pytest.mark.parametrize("key", ["", "a.b", 5, ["a"]])
def test_an_output_is_one_key(key: Any) -> None:
    with expect_problems(f"step 'go': its output= is {key!r}; use one key without dots"):

        class Post(Workflow):
            go = step(sample_steps.make_feed, output=key)


@pytest.mark.parametrize(
    ("mapping", "error"),
    [
        (
            {"order": "id"},
            "its input= maps 'order', which is not a parameter of its function (did you mean 'order_id'?)",
        ),
        ({"ctx": "id"}, "its input= maps 'ctx', which takes the StepContext; remove it"),
        ({"order_id": ""}, "its input= maps 'order_id' to ''; use a path such as"),
        ({"order_id": "a..b"}, "its input= maps 'order_id' to 'a..b'; use a path"),
        ({"order_id": 5}, "its input= maps 'order_id' to 5; use a path"),
        ("order_id", "its input= is 'order_id'; use a dict from parameter to path"),
    ],
)
def test_input_maps_parameters_to_paths(mapping: Any, error: str) -> None:
    with expect_problems(f"step 'go': {error}"):

        class Post(Workflow):
            class Payload(BaseModel, extra="allow"):
                order_id: int

            go = step(sample_steps.Reserve, input=mapping)


def test_input_may_map_a_parameter_of_the_guard() -> None:
    class Post(Workflow):
        class Payload(BaseModel):
            account: dict[str, bool]

        go = step(sample_steps.noop, when=sample_steps.is_premium, input={"premium": "account.premium"})

    assert Post.blueprint.by_name["go"].input == {"premium": "account.premium"}
