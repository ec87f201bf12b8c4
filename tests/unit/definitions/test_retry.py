"""Retry arithmetic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from squid_mesh.definitions.retry import Backoff, Exponential, Fixed, Linear, RetryPolicy

seconds = st.floats(0, 1e9)
failures = st.integers(1, 10_000)
backoffs = st.one_of(
    st.builds(Exponential, min=seconds, max=seconds, factor=st.floats(1, 100)),
    st.builds(Linear, step=seconds, max=seconds),
    st.builds(Fixed, seconds=seconds),
)


@pytest.mark.parametrize(
    ("backoff", "delays"),
    [
        (Exponential(min=1, max=30), [1, 2, 4, 8, 16, 30, 30]),
        (Exponential(min=1, max=100, factor=3), [1, 3, 9, 27, 81, 100]),
        (Linear(step=2, max=5), [2, 4, 5, 5]),
        (Fixed(seconds=3), [3, 3, 3]),
    ],
)
def test_each_backoff_grows_as_documented(backoff: Backoff, delays: list[float]) -> None:
    assert [backoff.delay(n) for n in range(1, len(delays) + 1)] == delays


@given(backoffs, failures)
def test_a_delay_is_never_negative_and_never_shrinks(backoff: Backoff, count: int) -> None:
    assert 0 <= backoff.delay(count) <= backoff.delay(count + 1)


@given(
    st.one_of(st.builds(Exponential, min=seconds, max=seconds), st.builds(Linear, step=seconds, max=seconds)),
    failures,
)
def test_a_delay_never_exceeds_its_maximum(backoff: Exponential | Linear, count: int) -> None:
    assert backoff.delay(count) <= backoff.max


@given(backoffs, st.integers(1, 50), st.integers(1, 60), st.floats(0, 1), st.floats(0, 1))
def test_the_budget_ends_the_retries_and_jitter_only_adds(
    backoff: Backoff, attempts: int, count: int, jitter: float, chance: float
) -> None:
    delay = RetryPolicy(max_attempts=attempts, backoff=backoff, jitter=jitter).delay_after(count, chance)
    if count >= attempts:
        assert delay is None
    else:
        plain = backoff.delay(count)
        assert delay is not None
        assert plain <= delay <= plain * (1 + jitter)
