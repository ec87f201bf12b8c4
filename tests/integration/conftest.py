"""Every test starts with an empty plan, and sees the database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from squid_mesh.engine import connection_errors
from squid_mesh.store import missing
from tests.host import steps


@pytest.fixture(autouse=True)
def plan(db: None) -> Iterator[dict[str, Any]]:
    """What each step does, by its name."""
    steps.PLAN.clear()
    steps.CALLS.clear()
    steps.CONTEXTS.clear()
    yield steps.PLAN
    steps.PLAN.clear()


@pytest.fixture(autouse=True)
def nothing_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test know nothing of what earlier ones found missing."""
    monkeypatch.setattr(missing, "_own", {})
    monkeypatch.setattr(missing, "_shared", None)
    monkeypatch.setattr(missing, "_cluster", None)


@pytest.fixture
def calls() -> list[str]:
    """The steps that ran, in order."""
    return steps.CALLS


@pytest.fixture(autouse=True)
def logged_long_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test see its own errors of connections in the log, which has one a second."""
    monkeypatch.setattr(connection_errors, "_logged_at", float("-inf"))
