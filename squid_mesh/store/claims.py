"""Claims, their leases and the attempts that they end in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from squid_mesh.lifecycle import AttemptOutcome, StepStatus, WaitingFor
from squid_mesh.models import Attempt, StepRun
from squid_mesh.store import missing
from squid_mesh.store.clock import DatabaseNow, now_plus
from squid_mesh.store.definitions import filter_readable
from squid_mesh.store.locks import lock_rows
from squid_mesh.store.values import Claim, Json

#: Seconds. A lease that ends that long ago has expired by every database's clock.
_JUST_ENDED: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedByHand:
    """A claim made for a person instead of a worker, and the input of the step."""

    claim: Claim
    input: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiredLease:
    """A step whose lease has expired."""

    step_id: int
    run_id: UUID


def claim_by_hand(step_id: int, token: UUID, lease: float, using: str) -> ClaimedByHand:
    """Claim a locked step that no worker holds, to settle it in this transaction.

    The claim has the number of the step's next attempt, which settling it gives back: no attempt is made.
    """
    rows = StepRun.objects.using(using).filter(pk=step_id)
    step = rows.get()
    rows.update(
        status=StepStatus.RUNNING.value,
        waiting_for="",
        due_at=None,
        claim_token=token,
        lease_until=now_plus(lease),
    )
    claim = Claim(
        step_id=step.pk,
        run_id=step.run_id,
        name=step.name,
        visit=step.visit,
        token=token,
        worker=step.worker,
        attempt=step.attempt_number + 1,
        failures=step.failures,
        crashes=step.crashes,
        deferrals=step.deferrals,
        started_at=step.started_at or step.created_at,
    )
    return ClaimedByHand(claim=claim, input=step.input)


def claim_of(step: StepRun) -> Claim:
    """Return the claim of the worker that holds the step, to take the step from it."""
    assert step.claim_token is not None and step.started_at is not None  # noqa: S101, PT018 - it runs
    return Claim(
        step_id=step.pk,
        run_id=step.run_id,
        name=step.name,
        visit=step.visit,
        token=step.claim_token,
        worker=step.worker,
        attempt=step.attempt_number,
        started_at=step.started_at,
    )


def renew_lease(step_id: int, token: UUID, seconds: float, using: str) -> bool:
    """Let the claim's lease end that many seconds from now; return False if the claim is lost."""
    held = StepRun.objects.using(using).filter(pk=step_id, claim_token=token)
    return held.update(lease_until=now_plus(seconds)) == 1


def renew_leases(tokens: Sequence[UUID], seconds: float, using: str) -> int:
    """Let the leases of these claims end that many seconds from now; return how many claims there were."""
    held = StepRun.objects.using(using).filter(lease_until__isnull=False, claim_token__in=tokens)  # an index
    return held.update(lease_until=now_plus(seconds))


def find_claim(token: UUID, using: str) -> Claim | None:
    """Return the claim with that token; None if no step is held by it."""
    held = StepRun.objects.using(using).filter(lease_until__isnull=False, claim_token=token)  # an index
    step = held.first()
    return None if step is None else claim_of(step)


def release_step(claim: Claim, status: StepStatus, using: str) -> bool:
    """Give back a claim whose step wasn't executed; return False if the claim is lost.

    The step is due now, unless it is cancelled. No attempt was made, and the next one gets its number.
    """
    cancelled = status is StepStatus.CANCELLED
    held = StepRun.objects.using(using).filter(pk=claim.step_id, claim_token=claim.token)
    return (
        held.update(
            status=status.value,
            waiting_for="" if cancelled else claim.waited_for or "",
            due_at=None if cancelled else DatabaseNow(),
            claim_token=None,
            lease_until=None,
            attempt_number=claim.attempt - 1,
            finished_at=DatabaseNow() if cancelled else None,
        )
        == 1
    )


def end_leases(tokens: Sequence[UUID], using: str) -> int:
    """End the leases of these claims, whose process is known to be dead, now; return how many there were."""
    held = StepRun.objects.using(using).filter(lease_until__isnull=False, claim_token__in=tokens)
    return held.update(lease_until=now_plus(-_JUST_ENDED))


def find_expired_leases(using: str, limit: int = 100) -> list[ExpiredLease]:
    """Return steps whose lease has expired, the oldest first; not those of runs that can't be read here.

    The step's definition says what a lost worker means for it.
    """
    rows = filter_readable(StepRun.objects.using(using), missing.list_left())
    expired = rows.filter(lease_until__lt=DatabaseNow()).order_by("lease_until")
    found = expired.values_list("pk", "run_id")[:limit]
    return [ExpiredLease(step_id=step_id, run_id=run_id) for step_id, run_id in found]


def lock_expired_step(step_id: int, using: str) -> StepRun | None:
    """Return the step's row, locked, if its lease is still expired. The caller holds the run's lock."""
    rows = StepRun.objects.using(using).filter(pk=step_id, lease_until__lt=DatabaseNow())
    return lock_rows(rows, using).first()


def interrupt_step(step: StepRun, status: StepStatus, waiting_for: WaitingFor | None, using: str) -> None:
    """Take a locked step from its lost worker, and count the crash."""
    finished = status is StepStatus.CANCELLED
    StepRun.objects.using(using).filter(pk=step.pk).update(
        status=status.value,
        waiting_for=waiting_for or "",
        due_at=DatabaseNow() if status is StepStatus.READY else None,
        claim_token=None,
        lease_until=None,
        crashes=step.crashes + 1,
        finished_at=DatabaseNow() if finished else None,
    )


def record_attempt(claim: Claim, outcome: AttemptOutcome, error: Any, using: str) -> None:
    """Record the attempt of that claim, which ends now."""
    attempt = Attempt(
        step_id=claim.step_id,
        number=claim.attempt,
        worker=claim.worker,
        outcome=outcome.value,
        error=error,
        started_at=claim.started_at,
        ended_at=DatabaseNow(),
    )
    Attempt.objects.using(using).bulk_create([attempt])  # sends no signal to the project's receivers


def forget_deferred(claim: Claim, number: int, using: str) -> None:
    """Delete that attempt of the claimed step, if it was deferred."""
    rows = Attempt.objects.using(using).filter(
        step_id=claim.step_id, kind="run", number=number, outcome=AttemptOutcome.DEFERRED.value
    )
    rows._raw_delete(using)  # sends no signal to the project's receivers
