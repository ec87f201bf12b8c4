"""Every member of an enum has a label; a value that no enum has is shown as it is."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import pytest

from squid_mesh.console.labels.events import EVENTS, label_event
from squid_mesh.console.labels.statuses import (
    ATTEMPT_OUTCOMES,
    RUN_STATUSES,
    STEP_STATUSES,
    label_status,
    render_badge,
)
from squid_mesh.console.labels.waiting import WAITING_FOR, label_waiting_for
from squid_mesh.lifecycle import AttemptOutcome, EventType, RunStatus, StepStatus, WaitingFor

NEWER = "unknown value '<b>xyz', written by a newer version"


@pytest.mark.parametrize(
    ("enum", "table"),
    [
        (RunStatus, RUN_STATUSES),
        (StepStatus, STEP_STATUSES),
        (AttemptOutcome, ATTEMPT_OUTCOMES),
        (EventType, EVENTS),
        (WaitingFor, WAITING_FOR),
    ],
)
def test_every_member_has_a_label(enum: type[StrEnum], table: Mapping[Any, Any]) -> None:
    assert set(table) == set(enum)


def test_a_value_of_two_enums_has_one_label() -> None:
    tables: tuple[Mapping[Any, Any], ...] = (RUN_STATUSES, STEP_STATUSES, ATTEMPT_OUTCOMES)
    for table in tables:
        for member, label in table.items():
            assert label_status(member.value) == label


def test_an_unknown_value_is_shown_as_it_is() -> None:
    assert label_event("<b>xyz") == NEWER
    assert label_waiting_for("<b>xyz") == NEWER
    assert label_status("<b>xyz").text == NEWER
    assert "unknown value &#x27;&lt;b&gt;xyz&#x27;" in render_badge("<b>xyz")
