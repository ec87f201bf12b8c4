"""Each table about an enum has all of its members; see also ``console/labels/test_tables.py``."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Any, get_args

import pytest
from django.db.models import CharField

from squid_mesh.actions import SPECS, Action
from squid_mesh.console.views.inbox import KINDS
from squid_mesh.definitions.choices import RequestKind
from squid_mesh.engine.operate.approvals import held_steps
from squid_mesh.inspection import stored_json
from squid_mesh.inspection.diagram import labels
from squid_mesh.inspection.diagram.drawing import Sign
from squid_mesh.inspection.explain.explain import IMPORTANCE
from squid_mesh.inspection.explain.explanation import Reason
from squid_mesh.lifecycle import (
    RUN_MOVES,
    STEP_MOVES,
    AttemptOutcome,
    EventType,
    RunStatus,
    StepStatus,
    WaitingFor,
)
from squid_mesh.models import Attempt, AuditEvent, Run, StepRun

#: Reasons of a whole run. A step never has one, so they compete with no other.
OF_RUNS = {
    Reason.FAILING,
    Reason.CANCELLING,
    Reason.CANCELLED,
    Reason.COMPLETED,
    Reason.UNREADABLE_DEFINITION,
}
#: What a step waits for without a time.
WITHOUT_TIME = {WaitingFor.PAUSE, WaitingFor.CRASH_CAP, WaitingFor.OUTCOME}


@pytest.mark.parametrize(
    ("enum", "table"),
    [
        (RunStatus, RUN_MOVES),
        (StepStatus, STEP_MOVES),
        (RunStatus, labels._RUN_STATUSES),
        (StepStatus, labels._STATUSES),
        (WaitingFor, labels._WAITS),
        (WaitingFor, WITHOUT_TIME | set(labels._WAITS_UNTIL)),
        (Sign, labels._SIGNS),
        (Reason, OF_RUNS | set(IMPORTANCE)),
        (Action, SPECS),
    ],
)
def test_a_table_has_every_member(enum: type[StrEnum], table: Collection[Any]) -> None:
    assert set(table) == set(enum)


def test_a_step_that_waits_can_be_acted_on() -> None:
    assert {waiting for _, waiting in _step_states()} - {""} == set(WaitingFor)


def test_the_inbox_has_every_step_that_waits_for_people() -> None:
    held = {StepStatus.PAUSED, StepStatus.UNKNOWN}
    assert {waiting for status, waiting in _step_states() if status in held} == set(KINDS)


def test_every_question_to_people_has_an_action_that_answers_it() -> None:
    kinds = set(get_args(RequestKind))
    assert {str(waiting) for waiting in held_steps._KINDS.values()} == kinds
    assert {str(waiting) for waiting in stored_json._ASKING} == kinds


@pytest.mark.parametrize(
    ("enum", "model", "column"),
    [
        (RunStatus, Run, "status"),
        (StepStatus, StepRun, "status"),
        (WaitingFor, StepRun, "waiting_for"),
        (AttemptOutcome, Attempt, "outcome"),
        (EventType, AuditEvent, "type"),
    ],
)
def test_every_member_fits_into_its_column(enum: type[StrEnum], model: Any, column: str) -> None:
    field = model._meta.get_field(column)
    assert isinstance(field, CharField)
    assert max(len(member) for member in enum) <= (field.max_length or 0)


def _step_states() -> set[tuple[StepStatus, str]]:
    return {state for spec in SPECS.values() for state in spec.step_states}
