"""Moving Python's time beside other tools that replace ``datetime``, such as freezegun."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import pytest
from django.utils import timezone

from squid_mesh.testing.python_time import PythonTime

HOUR = timedelta(hours=1)
FROZEN_AT = datetime(2020, 1, 1, tzinfo=UTC)


class FrozenKind(type):
    """The metaclass of the class that replaces ``datetime``, as freezegun has one."""


class Frozen(datetime, metaclass=FrozenKind):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        return FROZEN_AT


def test_a_frozen_time_is_moved_and_then_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "datetime", Frozen)
    time = PythonTime(lambda: HOUR)
    time.move()
    assert timezone.now() == FROZEN_AT + HOUR
    time.put_back()
    assert timezone.datetime is Frozen  # type: ignore[attr-defined]


def test_a_freezing_that_ends_while_the_time_is_moved_does_not_come_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(timezone, "datetime", Frozen)
    time = PythonTime(lambda: HOUR)
    time.move()
    monkeypatch.setattr(timezone, "datetime", datetime)  # as freezegun does at its end
    time.put_back()
    assert timezone.datetime is datetime  # type: ignore[attr-defined]


def test_a_time_whose_move_another_tool_has_undone_moves_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "datetime", datetime)  # is put back after the test
    time = PythonTime(lambda: HOUR)
    time.move()
    monkeypatch.setattr(timezone, "datetime", Frozen)
    time.move()
    assert timezone.now() == FROZEN_AT + HOUR
    time.put_back()
    assert timezone.datetime is Frozen  # type: ignore[attr-defined]
