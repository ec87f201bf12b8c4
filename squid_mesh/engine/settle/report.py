"""What is told of a settle: the run's error, audit events, and after the commit signals and log records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from squid_mesh.definitions.blueprint import ERROR
from squid_mesh.engine import announce
from squid_mesh.engine.run_memory import RunMemory
from squid_mesh.lifecycle import (
    ENDING_RUN,
    FINISHED_RUN,
    RUN_EVENTS,
    EventType,
    RunStatus,
    StepStatus,
    WaitingFor,
)
from squid_mesh.store.values import Claim, Event, Json, Settled, Settlement, StepChange

_ROUTED: Final[Mapping[str, EventType]] = {
    "compensation": EventType.ROUTED_TO_COMPENSATION,
    "undo": EventType.ROUTED_TO_UNDO,
}


def run_error(
    name: str,
    change: StepChange,
    before: RunStatus,
    after: RunStatus,
    cause: Mapping[str, Any] | None = None,
) -> Json:
    """What the run fails of: the step that failed it, and not those that end after it."""
    if before in ENDING_RUN or after not in (RunStatus.FAILED, RunStatus.FAILING):
        return None
    told = change.error if cause is None and isinstance(change.error, dict) else dict(cause or {})
    return failure(name, change.outcome, told)


def failure(name: str, outcome: str, error: Mapping[str, Any]) -> dict[str, Any]:
    """A step's error as a run's."""
    return {"step": name, "outcome": outcome} | {k: v for k, v in error.items() if k != "traceback"}


def events_of(
    memory: RunMemory, claim: Claim, change: StepChange, before: RunStatus, after: RunStatus
) -> list[Event]:
    """The audit events of a settle: what the step came to, and what becomes of the run."""
    events = [Event(type=kind, step=claim.name, data=data) for kind, data in _of_step(memory, claim, change)]
    if after is not before and after in (*FINISHED_RUN, RunStatus.FAILING):
        events.append(Event(type=RUN_EVENTS[after], step=claim.name))
    return events


def _of_step(
    memory: RunMemory, claim: Claim, change: StepChange
) -> Iterator[tuple[EventType, dict[str, Any]]]:
    if change.waiting_for is WaitingFor.CODE and claim.waited_for != WaitingFor.CODE:
        yield EventType.CODE_MISSING, {"error": change.error}
    if change.status is StepStatus.PAUSED and isinstance(change.request, dict):
        yield from _asked(claim, change.request)
    elif claim.request is not None and change.status is StepStatus.COMPLETED:
        yield EventType.APPROVAL_TIMED_OUT, {"outcome": change.outcome, "visit": claim.visit}
    if change.outcome == ERROR:
        edges = memory.blueprint.outgoing[claim.name]
        for recovery in sorted({e.recovery for e in edges if e.outcome == ERROR and e.recovery}):
            yield _ROUTED[recovery], {}


def _asked(claim: Claim, request: Mapping[str, Any]) -> Iterator[tuple[EventType, dict[str, Any]]]:
    facts = {"visit": claim.visit, "deadline": request["deadline"]}
    if claim.request is None:
        yield (EventType.PAUSED if request["kind"] == "pause" else EventType.APPROVAL_REQUESTED), facts
    elif request["escalated"] != claim.request["escalated"]:
        yield EventType.ESCALATED, facts | {"to": request["also"][-1]}


def announce_settled(
    memory: RunMemory,
    settlement: Settlement,
    settled: Settled,
    was: StepStatus,
    after: RunStatus,
    using: str,
) -> None:
    """Announce the step that ended, those that are reached now, and the run."""
    claim, change, workflow = settlement.claim, settlement.change, memory.head.workflow
    announce.step_moved(
        claim.run_id,
        workflow,
        claim.name,
        was,
        change.status,
        using,
        visit=claim.visit,
        attempt=claim.attempt,
        outcome=change.outcome,
        error=change.error,
    )
    for new in settlement.new_steps:
        visit = settled.visits[new.name]
        announce.step_moved(
            claim.run_id, workflow, new.name, StepStatus.PENDING, new.status, using, visit=visit
        )
    announce.run_moved(claim.run_id, workflow, settlement.expect, after, using)
