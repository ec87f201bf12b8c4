"""Every test starts with an empty plan, and sees the database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.host import steps


@pytest.fixture(autouse=True)
def plan(db: None) -> Iterator[dict[str, Any]]:
    """What each step does, by its name."""
    steps.PLAN.clear()
    steps.CALLS.clear()
    steps.CONTEXTS.clear()
    yield steps.PLAN
    steps.PLAN.clear()


@pytest.fixture
def calls() -> list[str]:
    """The steps that ran, in order."""
    return steps.CALLS
