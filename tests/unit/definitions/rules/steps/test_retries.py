"""Invalid retry policies."""

from __future__ import annotations

from typing import Any

import pytest

from squid_mesh import Retry, Workflow, exponential, fixed, linear, step
from tests.unit.definitions import sample_steps
from tests.unit.definitions.assertions import expect_problems


@pytest.mark.parametrize(
    ("retry", "error"),
    [
        (5, "its retry= is 5; write Retry(5)"),
        (Retry(0), "its retry has max_attempts=0; use a whole number of at least 1"),
        (Retry(1.5), "its retry has max_attempts=1.5; use a whole number"),  # type: ignore[arg-type]
        (Retry(True), "its retry has max_attempts=True; use a whole number"),
        (Retry(2, jitter=2), "its retry has jitter=2; use a number from 0 to 1"),
        (Retry(2, 5), "its retry has backoff=5; use exponential(...), linear(...) or fixed(...)"),  # type: ignore[arg-type]
        (Retry(2, fixed(-1)), "its retry has a backoff whose seconds is -1 s; use 0 s or more"),
        (Retry(2, linear(-1)), "its retry has a backoff whose step is -1 s; use 0 s or more"),
        (
            Retry(2, exponential(max=float("inf"))),
            "its retry has a backoff whose max is inf s, more than a century",
        ),
        (Retry(2, exponential(min="1")), "its retry has a backoff whose min is '1'; use a number of seconds"),  # type: ignore[arg-type]
        (
            Retry(2, exponential(30, 1)),
            "its retry has a backoff whose min of 30 s is more than its max of 1 s; swap them",
        ),
        (
            Retry(2, linear(30, 1)),
            "its retry has a backoff whose step of 30 s is more than its max of 1 s; swap them",
        ),
        (
            Retry(2, exponential(factor=0.5)),
            "its retry has a backoff whose factor is invalid: Input should be greater than or equal to 1",
        ),
        (Retry(2, retry_on=ValueError("x")), "its retry_on= contains ValueError('x'); use exception classes"),  # type: ignore[arg-type]
        (Retry(2, retry_on="ValueError"), "its retry_on= contains 'ValueError'; use exception classes"),  # type: ignore[arg-type]
        (Retry(2, give_up_on=[int]), "its give_up_on= contains <class 'int'>; use exception classes"),  # type: ignore[list-item]
        (
            Retry(2, retry_on=[KeyError], give_up_on=KeyError),
            "its retry_on= and give_up_on= both contain KeyError; keep one",
        ),
    ],
)
def test_an_invalid_policy_is_reported_with_its_reason(retry: Any, error: str) -> None:
    with expect_problems(f"step 'go': {error}"):

        class Post(Workflow):
            go = step(sample_steps.noop, retry=retry)


def test_an_exception_class_without_a_path_is_rejected() -> None:
    class Local(Exception):
        pass

    with expect_problems(
        "its retry_on= contains Local, which is test_an_exception_class_without_a_path_is_rejected.<locals>"
    ):

        class Post(Workflow):
            go = step(sample_steps.noop, retry=Retry(2, retry_on=[Local]))


@pytest.mark.parametrize("retry", [Retry(1), Retry(1, jitter=1), Retry(2, exponential(factor=1e11))])
def test_numbers_at_the_end_of_their_ranges_are_accepted(retry: Retry) -> None:
    class Post(Workflow):
        go = step(sample_steps.noop, retry=retry)

    assert Post.blueprint.by_name["go"].retry.max_attempts == retry.max_attempts
