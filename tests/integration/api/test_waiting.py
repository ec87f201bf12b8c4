"""Waiting until a run has finished."""

from __future__ import annotations

import math

import pytest

from squid_mesh import api
from squid_mesh.definitions.declare.outcomes import MAX_DELAY
from squid_mesh.exceptions import InvalidArgument
from tests.host import people, workflows
from tests.host.runs import driven


@pytest.mark.parametrize("seconds", [0, -1.0, math.nan, math.inf, MAX_DELAY + 1, 2**2000])
def test_a_wait_takes_some_time_and_a_century_at_most(seconds: float) -> None:
    with pytest.raises(InvalidArgument) as raised:
        api.wait_for_run(driven(people.Holds), seconds)
    assert raised.value.details["argument"] == "seconds"


@pytest.mark.parametrize("seconds", [0.001, MAX_DELAY])
def test_a_wait_ends_with_the_run(seconds: float) -> None:
    assert api.wait_for_run(driven(workflows.Chain), seconds).status == "completed"


def test_a_wait_ends_after_its_time() -> None:
    assert api.wait_for_run(driven(people.Holds), 0.05).status == "paused"
