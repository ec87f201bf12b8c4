"""What is known at the end of a campaign: the ledger, the rows, and which workers were killed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from squid_mesh.models import Attempt, AuditEvent, Run, StepRun
from tests.faults.killed_flows import WORKFLOWS
from tests.faults.ledger import Execution, Key, Line, read_executions

#: Run, step, visit.
StepKey = tuple[str, str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """The row of a step."""

    key: StepKey
    status: str
    output: Any
    crashes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecord:
    """The row of an attempt."""

    key: Key
    outcome: str
    pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecord:
    """The row of an audit event about a step. ``attempt`` is None if it isn't about an attempt."""

    run: str
    step: str
    type: str
    attempt: int | None


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """``killed`` and ``stopped``: processes, and when they got the signal, on the monotonic clock."""

    started: Sequence[str]
    lines: Sequence[Line]
    runs: Mapping[str, str]
    steps: Sequence[StepRecord]
    attempts: Sequence[AttemptRecord]
    events: Sequence[EventRecord]
    killed: Mapping[int, float] = field(default_factory=dict)
    stopped: Mapping[int, float] = field(default_factory=dict)

    @cached_property
    def executions(self) -> Mapping[Key, Execution]:
        """Return what the ledger shows."""
        return read_executions(self.lines)

    @cached_property
    def executions_by_step(self) -> Mapping[StepKey, Sequence[Execution]]:
        """Return the executions of each step by their attempts."""
        found: dict[StepKey, list[Execution]] = {}
        for key in sorted(self.executions):
            found.setdefault(key[:3], []).append(self.executions[key])
        return found

    @cached_property
    def attempts_by_key(self) -> Mapping[Key, AttemptRecord]:
        """Return the attempts; a unique constraint holds that there is one for each number."""
        return {attempt.key: attempt for attempt in self.attempts}

    @cached_property
    def events_by_step(self) -> Mapping[tuple[str, str], Sequence[EventRecord]]:
        """Return the events of each step in their order."""
        found: dict[tuple[str, str], list[EventRecord]] = {}
        for event in self.events:
            found.setdefault((event.run, event.step), []).append(event)
        return found

    @cached_property
    def completed(self) -> Mapping[StepKey, Sequence[int]]:
        """Return the numbers of the completed attempts of each step."""
        found: dict[StepKey, list[int]] = {}
        for attempt in self.attempts:
            if attempt.outcome == "completed":
                found.setdefault(attempt.key[:3], []).append(attempt.key[3])
        return found

    @cached_property
    def lost(self) -> Mapping[int, float]:
        """Return the processes that were killed or stopped."""
        return {**self.stopped, **self.killed}

    def count_kills_inside_steps(self) -> int:
        """Return how many kills hit a process between the two lines of a step."""
        return sum(found.end is None and found.pid in self.killed for found in self.executions.values())


def read_evidence(
    started: Sequence[str],
    lines: Sequence[Line],
    killed: Mapping[int, float],
    stopped: Mapping[int, float],
) -> Evidence:
    """Return the evidence, with the rows that the database has now."""
    runs = Run.objects.filter(workflow__in=WORKFLOWS)
    steps = StepRun.objects.filter(run__in=runs)
    attempts = Attempt.objects.filter(step__in=steps)
    events = AuditEvent.objects.filter(run__in=runs).exclude(step="").order_by("run", "sequence")
    return Evidence(
        started=started,
        lines=lines,
        runs={str(run): status for run, status in runs.values_list("pk", "status")},
        steps=[
            StepRecord(key=(str(run), name, visit), status=status, output=output, crashes=crashes)
            for run, name, visit, status, output, crashes in steps.values_list(
                "run_id", "name", "visit", "status", "output", "crashes"
            )
        ],
        attempts=[
            AttemptRecord(
                key=(str(run), name, visit, number),
                outcome=outcome,
                pid=int(worker.rpartition(":")[2]),
            )
            for run, name, visit, number, outcome, worker in attempts.values_list(
                "step__run_id", "step__name", "step__visit", "number", "outcome", "worker"
            )
        ],
        events=[
            EventRecord(run=str(run), step=step, type=kind, attempt=data.get("attempt"))
            for run, step, kind, data in events.values_list("run_id", "step", "type", "data")
        ],
        killed=killed,
        stopped=stopped,
    )
