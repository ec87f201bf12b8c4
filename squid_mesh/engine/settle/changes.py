"""What a result changes in its step: retry, wait, complete or fail. Pure; chance comes in as an argument."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final, assert_never

from squid_mesh.definitions.blueprint import ERROR, OK, StepBlueprint
from squid_mesh.definitions.request import Request
from squid_mesh.engine.settle.results import (
    Bypassed,
    CodeNotFound,
    Deferred,
    Done,
    Failure,
    Held,
    InputUnreadable,
    Result,
    Sleeping,
)
from squid_mesh.lifecycle import AttemptOutcome, StepStatus, WaitingFor
from squid_mesh.store.values import Claim, Json, StepChange

#: A step that polls may defer itself for months. Of its deferred attempts the latest are kept.
KEPT_DEFERRALS: Final = 100


def derive_change(
    result: Result, step: StepBlueprint, claim: Claim, given: Json, *, chance: float, recheck: float
) -> StepChange:
    """Return the change of the claimed step.

    ``given`` is the input that it ran with, ``chance`` a number from 0 to 1 for the jitter, ``recheck`` the
    seconds after which a worker tries again whether missing code or data is there.
    """
    match result:
        case Done(label, output, secrets):
            return StepChange(
                status=StepStatus.COMPLETED,
                outcome=label,
                failures=claim.failures,
                deferrals=claim.deferrals,
                input=given,
                output=output,
                secrets=secrets,
                attempt_outcome=AttemptOutcome.COMPLETED,
            )
        case Bypassed():
            return StepChange(
                status=StepStatus.BYPASSED,
                outcome=OK,
                failures=claim.failures,
                deferrals=claim.deferrals,
                attempt_outcome=AttemptOutcome.BYPASSED,
            )
        case Failure():
            return _after_failure(result, step, claim, given, chance)
        case Deferred(seconds, reason):
            return StepChange(
                status=StepStatus.WAITING,
                waiting_for=WaitingFor.DEFER,
                delay=seconds,
                failures=claim.failures,
                deferrals=claim.deferrals + 1,
                input=given,
                attempt_outcome=AttemptOutcome.DEFERRED,
                attempt_error={"type": "Defer", "message": reason} if reason else None,
                forgotten_attempt=_forgotten(claim),
            )
        case Sleeping(seconds):
            return StepChange(
                status=StepStatus.WAITING,
                waiting_for=WaitingFor.TIMER,
                delay=seconds,
                failures=claim.failures,
                deferrals=claim.deferrals + 1,
                attempt_outcome=AttemptOutcome.WAITING,
            )
        case Held(request, seconds):
            return _hold(request, seconds, claim)
        case CodeNotFound(error, _):
            return _wait_for_repair(WaitingFor.CODE, error, claim, recheck)
        case InputUnreadable(error):
            return _wait_for_repair(_repaired_wait(claim), error, claim, recheck)
        case _:
            assert_never(result)


def _forgotten(claim: Claim) -> int | None:
    """Return the number of the attempt that a deferral replaces, after many of them."""
    return claim.attempt - KEPT_DEFERRALS if claim.deferrals >= KEPT_DEFERRALS else None


def _repaired_wait(claim: Claim) -> WaitingFor:
    """Return what a step waits for whose input can't be read: one that asks people goes on asking."""
    before = claim.waited_for
    if before is WaitingFor.APPROVAL or before is WaitingFor.PAUSE:
        return before
    return WaitingFor.UNREADABLE_ROW


def _wait_for_repair(
    waiting_for: WaitingFor, error: Mapping[str, Any], claim: Claim, recheck: float
) -> StepChange:
    """Pause the step without an attempt; a worker tries it again after ``recheck`` seconds."""
    return StepChange(
        status=StepStatus.PAUSED,
        waiting_for=waiting_for,
        delay=recheck,
        failures=claim.failures,
        deferrals=claim.deferrals,
        error=dict(error),
    )


def _hold(request: Request, seconds: float | None, claim: Claim) -> StepChange:
    until = None if seconds is None else claim.started_at + timedelta(seconds=seconds)
    return StepChange(
        status=StepStatus.PAUSED,
        waiting_for=WaitingFor(request.kind),
        delay=seconds,
        failures=claim.failures,
        deferrals=claim.deferrals + 1,
        request=request.model_copy(update={"deadline": until}).as_json(),
        attempt_outcome=AttemptOutcome.WAITING,
    )


def _after_failure(
    result: Failure, step: StepBlueprint, claim: Claim, given: Json, chance: float
) -> StepChange:
    failures = claim.failures + 1
    delay = step.retry.delay_after(failures, chance) if result.retryable else None
    if delay is not None and result.delay is not None:
        delay = result.delay
    again = delay is not None
    error = dict(result.error)
    return StepChange(
        status=StepStatus.WAITING if again else StepStatus.FAILED,
        outcome="" if again else ERROR,
        waiting_for=WaitingFor.RETRY if again else None,
        delay=delay,
        failures=failures,
        deferrals=claim.deferrals,
        input=given,
        error=error,
        attempt_outcome=AttemptOutcome.TIMED_OUT if result.timed_out else AttemptOutcome.FAILED,
        attempt_error=error,
    )
