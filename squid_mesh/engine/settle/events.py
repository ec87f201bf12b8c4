"""The audit events of a settle, and the error that its run ends with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from squid_mesh.definitions.blueprint import ERROR, Blueprint
from squid_mesh.lifecycle import (
    ENDING_RUN,
    FINISHED_RUN,
    RUN_EVENTS,
    EventType,
    RunStatus,
    StepStatus,
    WaitingFor,
)
from squid_mesh.store.values import Claim, Event, Json, StepChange

_ROUTED: Final[Mapping[str, EventType]] = {
    "compensation": EventType.ROUTED_TO_COMPENSATION,
    "undo": EventType.ROUTED_TO_UNDO,
}


def error_of_run(
    name: str,
    change: StepChange,
    before: RunStatus,
    after: RunStatus,
    cause: Mapping[str, Any] | None = None,
) -> Json:
    """Return the run's error if this step fails the run; None if the run doesn't fail, or failed before."""
    if before in ENDING_RUN or after not in (RunStatus.FAILED, RunStatus.FAILING):
        return None
    error = change.error if cause is None and isinstance(change.error, dict) else dict(cause or {})
    return error_by_step(name, change.outcome, error)


def error_by_step(name: str, outcome: str, error: Mapping[str, Any]) -> dict[str, Any]:
    """Return the error of a step as a run's: with the step's name and outcome, without the traceback."""
    return {"step": name, "outcome": outcome} | {k: v for k, v in error.items() if k != "traceback"}


def events_of_settle(
    blueprint: Blueprint, claim: Claim, change: StepChange, before: RunStatus, after: RunStatus
) -> list[Event]:
    """Return the audit events of a settle: what happened to the step, then what happened to the run."""
    found = [
        Event(type=kind, step=claim.name, data=data) for kind, data in _step_events(blueprint, claim, change)
    ]
    if after is not before and after in (*FINISHED_RUN, RunStatus.FAILING):
        found.append(Event(type=RUN_EVENTS[after], step=claim.name))
    return found


def _step_events(
    blueprint: Blueprint, claim: Claim, change: StepChange
) -> Iterator[tuple[EventType, dict[str, Any]]]:
    if change.waiting_for is WaitingFor.CODE and claim.waited_for is not WaitingFor.CODE:
        yield EventType.CODE_MISSING, {"error": change.error}
    if change.waiting_for is WaitingFor.UNREADABLE_ROW and claim.waited_for is not change.waiting_for:
        yield EventType.UNREADABLE_ROW, {"error": change.error}
    if change.status is StepStatus.PAUSED and isinstance(change.request, dict):
        yield from _request_events(claim, change.request)
    elif claim.request is not None and change.status is StepStatus.COMPLETED:
        yield EventType.APPROVAL_TIMED_OUT, {"outcome": change.outcome, "visit": claim.visit}
    if change.outcome == ERROR:
        edges = blueprint.outgoing[claim.name]
        for recovery in sorted({e.recovery for e in edges if e.outcome == ERROR and e.recovery}):
            yield _ROUTED[recovery], {}


def _request_events(claim: Claim, request: Mapping[str, Any]) -> Iterator[tuple[EventType, dict[str, Any]]]:
    facts = {"visit": claim.visit, "deadline": request["deadline"]}
    if claim.request is None:
        yield (EventType.PAUSED if request["kind"] == "pause" else EventType.APPROVAL_REQUESTED), facts
    elif request["escalated"] != claim.request["escalated"]:
        yield EventType.ESCALATED, facts | {"to": request["also"][-1]}
