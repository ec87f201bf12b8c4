"""Each result has exactly one change of its step."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from squid_mesh.definitions.blueprint import StepBlueprint
from squid_mesh.definitions.request import Request
from squid_mesh.definitions.retry import Fixed, RetryPolicy
from squid_mesh.engine.settle.changes import derive_change
from squid_mesh.engine.settle.results import (
    Bypassed,
    CodeNotFound,
    Deferred,
    Done,
    Failure,
    Held,
    Result,
    Sleeping,
)
from squid_mesh.lifecycle import AttemptOutcome, StepStatus, WaitingFor
from squid_mesh.store.values import Claim, StepChange

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
CLAIM = Claim(
    step_id=7,
    run_id=UUID(int=1),
    name="pay",
    visit=1,
    token=UUID(int=2),
    worker="host:1",
    attempt=4,
    failures=2,
    deferrals=3,
    started_at=NOW,
)
KEPT: dict[str, Any] = {"failures": 2, "deferrals": 3}
GIVEN = {"order": 1}
ERROR = {"type": "Busy", "message": "try again"}
STEP = StepBlueprint(
    name="pay", target="shop:pay", retry=RetryPolicy(max_attempts=4, backoff=Fixed(seconds=60))
)


def change_of(result: Result, claim: Claim = CLAIM) -> StepChange:
    return derive_change(result, STEP, claim, GIVEN, chance=0.5, recheck=30.0)


def test_a_result_completes_the_step_with_its_label_and_output() -> None:
    assert change_of(Done("paid", {"sum": 5})) == StepChange(
        status=StepStatus.COMPLETED,
        outcome="paid",
        input=GIVEN,
        output={"sum": 5},
        attempt_outcome=AttemptOutcome.COMPLETED,
        **KEPT,
    )


def test_a_false_guard_bypasses_the_step() -> None:
    assert change_of(Bypassed()) == StepChange(
        status=StepStatus.BYPASSED, outcome="ok", attempt_outcome=AttemptOutcome.BYPASSED, **KEPT
    )


def test_a_failure_with_attempts_left_waits_for_a_retry() -> None:
    assert change_of(Failure(ERROR)) == StepChange(
        status=StepStatus.WAITING,
        waiting_for=WaitingFor.RETRY,
        delay=60.0,
        failures=3,
        deferrals=3,
        input=GIVEN,
        error=ERROR,
        attempt_outcome=AttemptOutcome.FAILED,
        attempt_error=ERROR,
    )


FAILED = StepChange(
    status=StepStatus.FAILED,
    outcome="error",
    failures=3,
    deferrals=3,
    input=GIVEN,
    error=ERROR,
    attempt_outcome=AttemptOutcome.FAILED,
    attempt_error=ERROR,
)


def test_a_failure_that_may_not_be_retried_fails_the_step() -> None:
    assert change_of(Failure(ERROR, retryable=False)) == FAILED


def test_the_delay_of_a_failure_does_not_make_it_retryable() -> None:
    assert change_of(Failure(ERROR, retryable=False, delay=5.0)) == FAILED


def test_the_last_attempt_fails_the_step() -> None:
    change = change_of(Failure(ERROR), replace(CLAIM, failures=3))
    assert change == replace(FAILED, failures=4)


@pytest.mark.parametrize("delay", [0.0, 5.0])
def test_a_failure_chooses_its_own_delay(delay: float) -> None:
    assert change_of(Failure(ERROR, delay=delay)).delay == delay


def test_a_timeout_is_recorded_as_such() -> None:
    assert change_of(Failure(ERROR, timed_out=True)).attempt_outcome is AttemptOutcome.TIMED_OUT


@pytest.mark.parametrize(
    ("reason", "error"), [("not yet", {"type": "Defer", "message": "not yet"}), ("", None)]
)
def test_a_deferred_step_waits_and_counts_the_deferral(reason: str, error: Any) -> None:
    assert change_of(Deferred(90.0, reason)) == StepChange(
        status=StepStatus.WAITING,
        waiting_for=WaitingFor.DEFER,
        delay=90.0,
        failures=2,
        deferrals=4,
        input=GIVEN,
        attempt_outcome=AttemptOutcome.DEFERRED,
        attempt_error=error,
    )


@pytest.mark.parametrize(("deferrals", "forgotten"), [(99, None), (100, 41), (1000, 41)])
def test_a_deferral_replaces_the_one_that_is_100_attempts_back(deferrals: int, forgotten: int | None) -> None:
    claim = replace(CLAIM, attempt=141, deferrals=deferrals)
    assert change_of(Deferred(90.0, ""), claim=claim).forgotten_attempt == forgotten


def test_a_sleeping_step_waits_for_its_timer() -> None:
    assert change_of(Sleeping(90.0)) == StepChange(
        status=StepStatus.WAITING,
        waiting_for=WaitingFor.TIMER,
        delay=90.0,
        failures=2,
        deferrals=4,
        attempt_outcome=AttemptOutcome.WAITING,
    )


@pytest.mark.parametrize("kind", ["approval", "pause"])
@pytest.mark.parametrize(("seconds", "deadline"), [(None, None), (90.0, NOW + timedelta(seconds=90))])
def test_a_question_is_held_until_its_deadline_from_the_claim(
    kind: Any, seconds: float | None, deadline: datetime | None
) -> None:
    request = Request(kind=kind, prompt="Fine?")
    assert change_of(Held(request, seconds)) == StepChange(
        status=StepStatus.PAUSED,
        waiting_for=WaitingFor(kind),
        delay=seconds,
        failures=2,
        deferrals=4,
        request=request.model_copy(update={"deadline": deadline}).as_json(),
        attempt_outcome=AttemptOutcome.WAITING,
    )


def test_missing_code_pauses_the_step_without_an_attempt() -> None:
    assert change_of(CodeNotFound(ERROR)) == StepChange(
        status=StepStatus.PAUSED, waiting_for=WaitingFor.CODE, delay=30.0, error=ERROR, **KEPT
    )
