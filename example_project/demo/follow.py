"""Following runs: every attempt and every decision becomes one moment, and every moment is told once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from squid_mesh.inspection.snapshots.runs import AttemptSnapshot, DecisionSnapshot, RunSnapshot, StepSnapshot
from squid_mesh.lifecycle import AttemptOutcome, StepStatus

#: Endings of an attempt after which the step runs again, if it may.
TROUBLE = frozenset({AttemptOutcome.FAILED, AttemptOutcome.TIMED_OUT, AttemptOutcome.INTERRUPTED})
PAUSES = frozenset({AttemptOutcome.DEFERRED, AttemptOutcome.WAITING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One thing that happened in a run. ``attempt`` 0: it was decided without an execution."""

    at: datetime
    step: str
    attempt: int
    outcome: str
    took: timedelta | None = None
    note: str = ""


class Follower:
    """Remembers what of one run was told already."""

    def __init__(self) -> None:
        self._told: set[tuple[str, int, str, int]] = set()

    def news(self, run: RunSnapshot, why: Mapping[str, str]) -> list[Moment]:
        """What has happened since the last call; ``why`` says of each open step what it waits for."""
        moments = []
        for step in run.steps:
            if step.status is StepStatus.SKIPPED and self._first(step, "skipped", 0):
                moments.append(_skipped(step, run))
            moments += [
                _attempted(step, attempt, why.get(step.name, ""))
                for attempt in step.attempts
                if self._first(step, attempt.kind, attempt.number)
            ]
            moments += [
                _decided(step, decision)
                for number, decision in enumerate(step.decisions)
                if self._first(step, "decision", number)
            ]
        return moments

    def _first(self, step: StepSnapshot, kind: str, number: int) -> bool:
        key = (step.name, step.visit, kind, number)
        if key in self._told:
            return False
        self._told.add(key)
        return True


def message_of(error: Mapping[str, Any] | None) -> str:
    """What an error says, in one line."""
    if not error:
        return ""
    lines = str(error.get("message") or error.get("type") or "").splitlines()
    return lines[0] if lines else ""


def _skipped(step: StepSnapshot, run: RunSnapshot) -> Moment:
    at = step.finished_at or run.finished_at or run.created_at
    return Moment(at=at, step=step.name, attempt=0, outcome="skipped", note="no path led here")


def _decided(step: StepSnapshot, decision: DecisionSnapshot) -> Moment:
    note = f"{decision.actor}: {decision.comment}" if decision.comment else decision.actor
    return Moment(at=decision.created_at, step=step.name, attempt=0, outcome=decision.exit, note=note)


def _attempted(step: StepSnapshot, attempt: AttemptSnapshot, why: str) -> Moment:
    return Moment(
        at=attempt.ended_at,
        step=step.name,
        attempt=attempt.number,
        outcome=str(attempt.outcome),
        took=attempt.ended_at - attempt.started_at,
        note=why if attempt.outcome == AttemptOutcome.WAITING and step.request else _note(step, attempt),
    )


def _note(step: StepSnapshot, attempt: AttemptSnapshot) -> str:
    match attempt.outcome:
        case AttemptOutcome.COMPLETED:
            return "" if step.outcome == "ok" else f"outcome {step.outcome!r}"
        case AttemptOutcome.BYPASSED:
            return "its guard said no"
    latest = attempt.number == max(other.number for other in step.attempts)
    again = ""
    if latest and step.status is StepStatus.WAITING and step.due_at:
        again = f"again in {(step.due_at - attempt.ended_at).total_seconds():.1f} s"
    return "; ".join(part for part in (message_of(attempt.error).rstrip("."), again) if part)
