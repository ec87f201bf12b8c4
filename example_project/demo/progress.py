"""The progress of runs: each attempt and each decision becomes one entry, reported once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from squid_mesh.inspection.snapshots.runs import AttemptSnapshot, DecisionSnapshot, RunSnapshot, StepSnapshot
from squid_mesh.lifecycle import AttemptOutcome, StepStatus

#: The outcomes of attempts that a retry may follow.
FAILURES = frozenset({AttemptOutcome.FAILED, AttemptOutcome.TIMED_OUT, AttemptOutcome.INTERRUPTED})
PAUSES = frozenset({AttemptOutcome.DEFERRED, AttemptOutcome.WAITING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An attempt, a decision or a skipped step. ``attempt`` is 0 for the latter two."""

    at: datetime
    step: str
    attempt: int
    outcome: str
    took: timedelta | None = None
    note: str = ""


class RunProgress:
    """The entries of one run that were reported."""

    def __init__(self) -> None:
        self._reported: set[tuple[str, int, str, int]] = set()

    def find_new_entries(self, run: RunSnapshot, reasons: Mapping[str, str]) -> list[Entry]:
        """Return the entries since the last call. ``reasons`` explain why open steps wait, by step."""
        entries = []
        for step in run.steps:
            if step.status is StepStatus.SKIPPED and self._is_new(step, "skipped", 0):
                entries.append(_skipped_entry(step, run))
            entries += [
                _attempt_entry(step, attempt, reasons.get(step.name, ""))
                for attempt in step.attempts
                if self._is_new(step, attempt.kind, attempt.number)
            ]
            entries += [
                _decision_entry(step, decision)
                for number, decision in enumerate(step.decisions)
                if self._is_new(step, "decision", number)
            ]
        return entries

    def _is_new(self, step: StepSnapshot, kind: str, number: int) -> bool:
        key = (step.name, step.visit, kind, number)
        if key in self._reported:
            return False
        self._reported.add(key)
        return True


def first_line(error: Mapping[str, Any] | None) -> str:
    """Return the first line of an error's message."""
    if not error:
        return ""
    lines = str(error.get("message") or error.get("type") or "").splitlines()
    return lines[0] if lines else ""


def _skipped_entry(step: StepSnapshot, run: RunSnapshot) -> Entry:
    at = step.finished_at or run.finished_at or run.created_at
    return Entry(at=at, step=step.name, attempt=0, outcome="skipped", note="no route led here")


def _decision_entry(step: StepSnapshot, decision: DecisionSnapshot) -> Entry:
    note = f"{decision.actor}: {decision.comment}" if decision.comment else decision.actor
    return Entry(at=decision.created_at, step=step.name, attempt=0, outcome=decision.exit, note=note)


def _attempt_entry(step: StepSnapshot, attempt: AttemptSnapshot, reason: str) -> Entry:
    return Entry(
        at=attempt.ended_at,
        step=step.name,
        attempt=attempt.number,
        outcome=str(attempt.outcome),
        took=attempt.ended_at - attempt.started_at,
        note=reason if attempt.outcome == AttemptOutcome.WAITING and step.request else _note(step, attempt),
    )


def _note(step: StepSnapshot, attempt: AttemptSnapshot) -> str:
    match attempt.outcome:
        case AttemptOutcome.COMPLETED:
            return "" if step.outcome == "ok" else f"outcome {step.outcome!r}"
        case AttemptOutcome.BYPASSED:
            return "its guard returned False"
    latest = attempt.number == max(other.number for other in step.attempts)
    retry = ""
    if latest and step.status is StepStatus.WAITING and step.due_at:
        retry = f"runs again in {(step.due_at - attempt.ended_at).total_seconds():.1f} s"
    return "; ".join(part for part in (first_line(attempt.error).rstrip("."), retry) if part)
