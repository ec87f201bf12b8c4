"""Retry policies that mean nothing."""

from __future__ import annotations

from typing import Any

import pytest

from squid_mesh import Retry, Workflow, exponential, fixed, linear, step
from tests.unit.definitions import zoo
from tests.unit.definitions.refusal import refused


@pytest.mark.parametrize(
    ("retry", "fault"),
    [
        (5, "its retry= is 5; write retry=Retry(5)"),
        (Retry(0), "its retry has max_attempts=0; give a whole number of at least 1"),
        (Retry(1.5), "its retry has max_attempts=1.5; give a whole number"),  # type: ignore[arg-type]
        (Retry(True), "its retry has max_attempts=True; give a whole number"),
        (Retry(2, jitter=2), "its retry has jitter=2; give a share from 0 to 1"),
        (Retry(2, 5), "its retry has backoff=5; write exponential(...), linear(...) or fixed(...)"),  # type: ignore[arg-type]
        (Retry(2, fixed(-1)), "its retry has a backoff whose seconds is -1 s; give 0 or more"),
        (Retry(2, linear(-1)), "its retry has a backoff whose step is -1 s; give 0 or more"),
        (
            Retry(2, exponential(max=float("inf"))),
            "its retry has a backoff whose max is inf s, more than a century",
        ),
        (Retry(2, exponential(min="1")), "its retry has a backoff whose min is '1'; give seconds"),  # type: ignore[arg-type]
        (
            Retry(2, exponential(30, 1)),
            "its retry has a backoff whose min of 30 s is over its max of 1 s; swap them",
        ),
        (
            Retry(2, linear(30, 1)),
            "its retry has a backoff whose step of 30 s is over its max of 1 s; swap them",
        ),
        (
            Retry(2, exponential(factor=0.5)),
            "its retry has a backoff whose factor is wrong: Input should be greater than or equal to 1",
        ),
        (Retry(2, retry_on=ValueError("x")), "its retry_on= holds ValueError('x'); give exception classes"),  # type: ignore[arg-type]
        (Retry(2, retry_on="ValueError"), "its retry_on= holds 'ValueError'; give exception classes"),  # type: ignore[arg-type]
        (Retry(2, give_up_on=[int]), "its give_up_on= holds <class 'int'>; give exception classes"),  # type: ignore[list-item]
        (
            Retry(2, retry_on=[KeyError], give_up_on=KeyError),
            "its retry_on= and give_up_on= both hold KeyError; keep one",
        ),
    ],
)
def test_what_is_no_policy_says_why(retry: Any, fault: str) -> None:
    with refused(f"step 'go': {fault}"):

        class Post(Workflow):
            go = step(zoo.noop, retry=retry)


def test_an_exception_class_without_a_path_is_refused() -> None:
    class Local(Exception):
        pass

    with refused(
        "its retry_on= holds Local, which is test_an_exception_class_without_a_path_is_refused.<locals>"
    ):

        class Post(Workflow):
            go = step(zoo.noop, retry=Retry(2, retry_on=[Local]))
