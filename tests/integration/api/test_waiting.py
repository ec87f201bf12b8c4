"""Waiting until a run has finished."""

from __future__ import annotations

import pytest

from squid_mesh import api
from squid_mesh.exceptions import InvalidArgument
from tests.host import people, workflows
from tests.host.runs import driven


@pytest.mark.parametrize("seconds", [0, -1.0, float("nan"), float("inf"), 3_600.5, 2**31])
def test_a_wait_takes_an_hour_at_most(seconds: float) -> None:
    with pytest.raises(InvalidArgument) as raised:
        api.wait_for_run(driven(people.Holds), seconds)
    assert raised.value.details["argument"] == "seconds"


def test_a_wait_ends_with_the_run_or_after_its_time() -> None:
    assert api.wait_for_run(driven(workflows.Chain), 3_600).status == "completed"
    assert api.wait_for_run(driven(people.Holds), 0.05).status == "paused"
