"""Which audit events a settle records, and which error its run ends with."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from squid_mesh.definitions.blueprint import Blueprint, Edge, StepBlueprint
from squid_mesh.definitions.request import Request
from squid_mesh.engine.settle.events import error_by_step, error_of_run, events_of_settle
from squid_mesh.lifecycle import EventType, RunStatus, StepStatus, WaitingFor
from squid_mesh.store.values import Claim, Event, StepChange
from tests.unit.engine.settle.test_changes import CLAIM

RUNNING = RunStatus.RUNNING
COMPLETED = StepChange(status=StepStatus.COMPLETED, outcome="ok")
FAILED = StepChange(status=StepStatus.FAILED, outcome="error", error={"type": "Busy", "message": "no"})


def blueprint(*edges: Edge) -> Blueprint:
    steps = tuple(StepBlueprint(name=name, target="shop:run") for name in ("pay", "refund", "undo"))
    return Blueprint(workflow="shop.Order", steps=steps, edges=edges)


def events(
    change: StepChange, claim: Claim = CLAIM, after: RunStatus = RUNNING, graph: Blueprint | None = None
) -> list[Event]:
    return events_of_settle(graph or blueprint(), claim, change, RUNNING, after)


def test_a_step_that_only_completes_records_nothing() -> None:
    assert events(COMPLETED) == []


@pytest.mark.parametrize(
    ("after", "kind"),
    [
        (RunStatus.COMPLETED, EventType.RUN_COMPLETED),
        (RunStatus.FAILED, EventType.RUN_FAILED),
        (RunStatus.FAILING, EventType.RUN_FAILING),
        (RunStatus.CANCELLED, EventType.RUN_CANCELLED),
    ],
)
def test_the_end_of_the_run_is_recorded_with_the_step(after: RunStatus, kind: EventType) -> None:
    assert events(COMPLETED, after=after) == [Event(type=kind, step="pay")]


def test_a_run_that_stays_failing_records_nothing() -> None:
    failing = RunStatus.FAILING
    assert events_of_settle(blueprint(), CLAIM, COMPLETED, failing, failing) == []


@pytest.mark.parametrize("after", [RunStatus.WAITING, RunStatus.PAUSED, RunStatus.RETRYING])
def test_a_run_that_waits_records_nothing(after: RunStatus) -> None:
    assert events(COMPLETED, after=after) == []


@pytest.mark.parametrize(
    ("waiting_for", "kind"),
    [
        (WaitingFor.CODE, EventType.CODE_MISSING),
        (WaitingFor.UNREADABLE_ROW, EventType.UNREADABLE_ROW),
    ],
)
def test_what_keeps_a_step_from_running_is_recorded_once(waiting_for: WaitingFor, kind: EventType) -> None:
    error = {"code": kind.value}
    kept = StepChange(status=StepStatus.PAUSED, waiting_for=waiting_for, error=error)
    assert events(kept) == [Event(type=kind, step="pay", data={"error": error})]
    assert events(kept, replace(CLAIM, waited_for=waiting_for)) == []


@pytest.mark.parametrize(
    ("kind", "recorded"), [("pause", EventType.PAUSED), ("approval", EventType.APPROVAL_REQUESTED)]
)
def test_a_question_is_recorded_when_it_is_asked(kind: Any, recorded: EventType) -> None:
    request = Request(kind=kind).as_json()
    held = StepChange(status=StepStatus.PAUSED, waiting_for=WaitingFor(kind), request=request)
    assert events(held) == [Event(type=recorded, step="pay", data={"visit": 1, "deadline": None})]
    assert events(held, replace(CLAIM, request=request)) == []


def test_an_escalation_is_recorded_with_who_may_decide_now() -> None:
    asked = Request(kind="approval").as_json()
    wider = asked | {"escalated": 1, "also": [{"groups": ["Legal"]}, {"groups": ["Board"]}]}
    held = StepChange(status=StepStatus.PAUSED, waiting_for=WaitingFor.APPROVAL, request=wider)
    assert events(held, replace(CLAIM, request=asked)) == [
        Event(
            type=EventType.ESCALATED,
            step="pay",
            data={"visit": 1, "deadline": None, "to": {"groups": ["Board"]}},
        )
    ]


def test_a_deadline_that_decides_an_approval_is_recorded() -> None:
    claim = replace(CLAIM, visit=2, request=Request(kind="approval").as_json())
    change = replace(COMPLETED, outcome="timeout")
    assert events(change, claim) == [
        Event(type=EventType.APPROVAL_TIMED_OUT, step="pay", data={"outcome": "timeout", "visit": 2})
    ]


def test_an_error_that_is_routed_to_recovery_is_recorded() -> None:
    graph = blueprint(
        Edge(source="pay", outcome="error", target="undo", recovery="undo"),
        Edge(source="pay", outcome="error", target="refund", recovery="compensation"),
        Edge(source="pay", outcome="ok", target="undo", recovery="undo"),
    )
    kinds = [event.type for event in events(FAILED, graph=graph)]
    assert kinds == [EventType.ROUTED_TO_COMPENSATION, EventType.ROUTED_TO_UNDO]
    assert events(COMPLETED, graph=graph) == []


@pytest.mark.parametrize("after", [RunStatus.FAILED, RunStatus.FAILING])
def test_a_step_that_fails_the_run_gives_it_its_error(after: RunStatus) -> None:
    expected = {"step": "pay", "outcome": "error", "type": "Busy", "message": "no"}
    assert error_of_run("pay", FAILED, RUNNING, after) == expected


def test_the_cause_of_the_failure_comes_before_the_steps_own_error() -> None:
    error = error_of_run("pay", FAILED, RUNNING, RunStatus.FAILED, {"code": "max_visits"})
    assert error == {"step": "pay", "outcome": "error", "code": "max_visits"}


def test_a_label_that_fails_the_run_needs_no_error() -> None:
    change = replace(COMPLETED, outcome="declined")
    assert error_of_run("pay", change, RUNNING, RunStatus.FAILED) == {"step": "pay", "outcome": "declined"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (RunStatus.FAILING, RunStatus.FAILED),
        (RunStatus.CANCELLING, RunStatus.CANCELLED),
        (RUNNING, RunStatus.COMPLETED),
        (RUNNING, RUNNING),
    ],
)
def test_a_run_that_does_not_fail_now_gets_no_error(before: RunStatus, after: RunStatus) -> None:
    assert error_of_run("pay", FAILED, before, after) is None


def test_a_runs_error_has_no_traceback() -> None:
    error = error_by_step("pay", "error", {"type": "Busy", "traceback": "Traceback …"})
    assert error == {"step": "pay", "outcome": "error", "type": "Busy"}
