"""The rules of a campaign, each with evidence that contradicts it alone, or with others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.faults.evidence import AttemptRecord, EventRecord, Evidence, StepRecord
from tests.faults.ledger import BEGIN, END, Line
from tests.faults.rules import RULES, find_violations


def line(what: str, step: str, attempt: int, pid: int, at: float) -> Line:
    return Line(
        what=what, run="r", step=step, visit=1, attempt=attempt, pid=pid, at=at, clock=at, calendar=at
    )


def attempt(step: str, number: int, outcome: str, pid: int) -> AttemptRecord:
    return AttemptRecord(key=("r", step, 1, number), outcome=outcome, pid=pid)


def event(step: str, kind: str, number: int | None = None) -> EventRecord:
    return EventRecord(run="r", step=step, type=kind, attempt=number)


def done(step: str, number: int, pid: int, crashes: int = 0) -> StepRecord:
    output = {"attempt": number, "pid": pid}
    return StepRecord(key=("r", step, 1), status="completed", output=output, crashes=crashes)


#: A run of the chain: its first step was killed once, its second one after its end, which a person saw, its
#: wait once, and its last step was stopped until another worker had begun it.
SOUND = Evidence(
    started=["r"],
    lines=[
        line(BEGIN, "one", 1, 11, 1.0),
        line(BEGIN, "one", 2, 12, 2.0),
        line(END, "one", 2, 12, 3.0),
        line(BEGIN, "charge", 1, 12, 4.0),
        line(END, "charge", 1, 12, 5.0),
        line(BEGIN, "last", 1, 14, 7.0),
        line(BEGIN, "last", 2, 15, 8.0),
        line(END, "last", 1, 14, 8.5),
        line(END, "last", 2, 15, 9.0),
    ],
    runs={"r": "completed"},
    steps=[
        done("one", 2, 12, crashes=1),
        done("charge", 1, 12, crashes=1),
        StepRecord(key=("r", "rest", 1), status="completed", output=None, crashes=1),
        done("last", 2, 15, crashes=1),
    ],
    attempts=[
        attempt("one", 1, "interrupted", 11),
        attempt("one", 2, "completed", 12),
        attempt("charge", 1, "interrupted", 12),
        attempt("rest", 1, "interrupted", 13),
        attempt("rest", 2, "completed", 14),
        attempt("last", 1, "interrupted", 14),
        attempt("last", 2, "completed", 15),
    ],
    events=[
        event("one", "attempt_interrupted", 1),
        event("charge", "outcome_unknown", 1),
        event("charge", "step_resolved"),
        event("rest", "attempt_interrupted", 1),
        event("last", "attempt_interrupted", 1),
    ],
    killed={11: 1.5, 12: 5.5, 13: 5.8},
    stopped={14: 7.5},
)


def without(records: Any, *left_out: Any) -> list[Any]:
    assert all(record in records for record in left_out)
    return [record for record in records if record not in left_out]


def moved(what: str, step: str, number: int, at: float) -> Evidence:
    """Return evidence in which that line was written at another time."""
    lines = [
        replace(one, at=at) if (one.what, one.step, one.attempt) == (what, step, number) else one
        for one in SOUND.lines
    ]
    return replace(SOUND, lines=lines)


def with_retry_of_charge(*events: EventRecord) -> Evidence:
    """Return evidence in which the second step ran again instead of being resolved."""
    return replace(
        SOUND,
        lines=[
            *without(SOUND.lines, line(END, "charge", 1, 12, 5.0)),
            line(BEGIN, "charge", 2, 16, 5.6),
            line(END, "charge", 2, 16, 5.7),
        ],
        attempts=[*SOUND.attempts, attempt("charge", 2, "completed", 16)],
        steps=[*without(SOUND.steps, done("charge", 1, 12, 1)), done("charge", 2, 16, 0)],
        events=[*without(SOUND.events, event("charge", "step_resolved")), *events],
    )


CONTRADICTIONS: dict[str, tuple[str, Callable[[], Evidence]]] = {
    "a run that isn't stored": ("lost", lambda: replace(SOUND, runs={})),
    "a run that is stuck": ("lost", lambda: replace(SOUND, runs={"r": "running"})),
    "a step that is stuck": (
        "lost",
        lambda: replace(SOUND, steps=[replace(SOUND.steps[0], status="ready"), *SOUND.steps[1:]]),
    ),
    "an execution without an attempt": (
        "unrecorded",
        lambda: replace(SOUND, attempts=without(SOUND.attempts, attempt("one", 1, "interrupted", 11))),
    ),
    "an attempt without an execution": (
        "unrecorded",
        lambda: replace(SOUND, attempts=[*SOUND.attempts, attempt("one", 3, "completed", 12)]),
    ),
    "an interrupted attempt that nothing explains": (
        "unrecorded",
        lambda: replace(SOUND, attempts=[*SOUND.attempts, attempt("one", 3, "interrupted", 99)]),
    ),
    "a completed attempt whose step has no end": (
        "unrecorded",
        lambda: replace(SOUND, lines=without(SOUND.lines, line(END, "one", 2, 12, 3.0))),
    ),
    "two executions with one number": (
        "unrecorded",
        lambda: replace(SOUND, lines=[*SOUND.lines, line(BEGIN, "one", 1, 13, 1.9)]),
    ),
    "an attempt of another process": (
        "unrecorded",
        lambda: replace(
            SOUND,
            attempts=[
                *without(SOUND.attempts, attempt("one", 2, "completed", 12)),
                attempt("one", 2, "completed", 99),
            ],
        ),
    ),
    "an interrupted worker that wasn't killed": (
        "unexplained",
        lambda: replace(SOUND, killed={12: 5.5, 13: 5.8}),
    ),
    "a worker with two interrupted attempts": (
        "unexplained",
        lambda: replace(SOUND, attempts=[*SOUND.attempts, attempt("one", 3, "interrupted", 11)]),
    ),
    "a killed step that counts as completed": (
        "unexplained",
        lambda: replace(
            SOUND,
            attempts=[
                *without(SOUND.attempts, attempt("one", 1, "interrupted", 11)),
                attempt("one", 1, "completed", 11),
            ],
        ),
    ),
    "two completed attempts": (
        "repeated",
        lambda: replace(SOUND, attempts=[*SOUND.attempts, attempt("one", 3, "completed", 12)]),
    ),
    "an execution after the result": (
        "repeated",
        lambda: replace(SOUND, lines=[*SOUND.lines, line(BEGIN, "one", 3, 13, 5.6)]),
    ),
    "an execution before the kill of the first": ("overlapping", lambda: moved(BEGIN, "one", 2, 1.4)),
    "an execution before the stop of the first": ("overlapping", lambda: moved(BEGIN, "last", 2, 7.4)),
    "a second execution without a decision": ("undecided", with_retry_of_charge),
    "a crash that isn't counted": (
        "miscounted",
        lambda: replace(SOUND, steps=[replace(SOUND.steps[0], crashes=0), *SOUND.steps[1:]]),
    ),
    "a crash without an event": (
        "miscounted",
        lambda: replace(SOUND, events=without(SOUND.events, event("rest", "attempt_interrupted", 1))),
    ),
    "the output of another attempt": (
        "wrong_results",
        lambda: replace(SOUND, steps=[*SOUND.steps[:-1], done("last", 1, 14, crashes=1)]),
    ),
    "a completed step without a result": (
        "wrong_results",
        lambda: replace(SOUND, attempts=without(SOUND.attempts, attempt("last", 2, "completed", 15))),
    ),
    "a step before its predecessor": ("early", lambda: moved(BEGIN, "charge", 1, 2.9)),
    "a step before the end of a wait": ("early", lambda: moved(BEGIN, "last", 1, 5.4)),
}


def test_sound_evidence_contradicts_no_rule() -> None:
    assert find_violations(SOUND) == {}
    assert find_violations(with_retry_of_charge(event("charge", "step_retried"))) == {}
    assert SOUND.count_kills_inside_steps() == 1


@pytest.mark.parametrize(("rule", "contradicted"), CONTRADICTIONS.values(), ids=CONTRADICTIONS.keys())
def test_each_contradiction_is_found(rule: str, contradicted: Callable[[], Evidence]) -> None:
    assert rule in find_violations(contradicted())


def test_every_rule_is_contradicted_once() -> None:
    assert {rule for rule, _ in CONTRADICTIONS.values()} == set(RULES)
