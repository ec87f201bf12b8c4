"""The two ways to run a cluster."""

from __future__ import annotations

import pytest

from tests.acceptance.processes import QCLUSTER, SUPERVISED


@pytest.fixture(params=[QCLUSTER, SUPERVISED], ids=["qcluster", "worker"])
def verb(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Return the command of a cluster: django-q2's, and ours with a supervisor."""
    return request.param
