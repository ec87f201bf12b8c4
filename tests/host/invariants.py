"""What is true of every run at any time, stated without the engine's code."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from uuid import UUID

from squid_mesh.models import Attempt, AuditEvent, Decision, Run, StepRun

OPEN = {"ready", "running", "waiting", "paused", "unknown"}
#: The events that answer a step's question: at most one a visit.
ANSWERS = {"approved", "rejected", "decided", "resumed", "approval_timed_out"}


def assert_consistent(run_id: UUID) -> None:
    """Assert that the run's rows agree with each other."""
    run = Run.objects.get(pk=run_id)
    steps = list(StepRun.objects.filter(run_id=run_id).order_by("id"))
    _assert_visits(steps)
    _assert_status(run, steps)
    _assert_history(run, steps)


def _assert_visits(steps: list[StepRun]) -> None:
    visits: dict[str, list[StepRun]] = defaultdict(list)
    for step in steps:
        visits[step.name].append(step)
    for name, rows in visits.items():
        assert [row.visit for row in rows] == list(range(1, len(rows) + 1)), name
        assert sum(row.current for row in rows) <= 1, f"{name} has two current visits"
        assert all(row.current for row in rows if row.status in OPEN), f"{name}: an open visit in the history"
        assert not any(row.current for row in rows[:-1]), f"{name}: only the last visit is current"


def _assert_status(run: Run, steps: list[StepRun]) -> None:
    found = [(step.status, step.waiting_for) for step in steps if step.status in OPEN]
    statuses = {status for status, _ in found}
    text = f"{run.status} with {found}"
    match run.status:
        case "failing" | "cancelling":
            assert "running" in statuses, text
        case "completed":
            assert not found, text
        case "failed" | "cancelled":
            assert statuses <= {"unknown"}, text
        case "pending":
            assert statuses == {"ready"}, text
        case "running":
            assert statuses & {"ready", "running"}, text
        case "paused":
            assert not statuses & {"ready", "running"}, text
            assert statuses & {"paused", "unknown"}, text
        case other:
            assert statuses == {"waiting"}, text
            assert (other == "retrying") == any(why == "retry" for _, why in found), text


def _assert_history(run: Run, steps: list[StepRun]) -> None:
    events = list(AuditEvent.objects.filter(run=run).order_by("sequence"))
    assert [event.sequence for event in events] == list(range(1, run.event_count + 1))
    answers: dict[tuple[str, Any], int] = defaultdict(int)
    for event in events:
        if event.type in ANSWERS:
            answers[event.step, event.data["visit"]] += 1
    assert all(count == 1 for count in answers.values()), f"answered twice: {dict(answers)}"
    for step in steps:
        numbers = list(Attempt.objects.filter(step=step).order_by("number").values_list("number", flat=True))
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) == step.attempt_number - (step.status == "running")
        people = list(Decision.objects.filter(step=step).values_list("actor_key", flat=True))
        assert len(people) == len(set(people))
