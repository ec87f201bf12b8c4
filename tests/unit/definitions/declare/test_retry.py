"""Declarations of retry policies."""

from __future__ import annotations

import pytest

from squid_mesh import Retry, exponential, fixed, linear
from squid_mesh.definitions.retry import Exponential, Fixed, Linear, RetryPolicy
from tests.unit.definitions import sample_steps


def test_a_retry_declaration_compiles_to_the_policy() -> None:
    written = Retry(
        max_attempts=5, backoff=exponential(min=1, max=30), retry_on=(sample_steps.Busy,), give_up_on=KeyError
    )
    assert written.compile() == RetryPolicy(
        max_attempts=5,
        backoff=Exponential(min=1, max=30),
        retry_on=("tests.unit.definitions.sample_steps:Busy",),
        give_up_on=("builtins:KeyError",),
    )


def test_backoffs_take_positional_arguments() -> None:
    assert exponential(1, 30, 3).compile() == Exponential(min=1, max=30, factor=3)
    assert linear(2, 10).compile() == Linear(step=2, max=10)
    assert fixed(4).compile() == Fixed(seconds=4)


def test_the_default_backoff_is_the_same_in_both_forms() -> None:
    assert Retry(2).compile() == RetryPolicy(max_attempts=2)


def test_jitter_and_exceptions_are_keyword_only() -> None:
    with pytest.raises(TypeError):
        Retry(2, fixed(1), 0.5)  # type: ignore[call-arg]
