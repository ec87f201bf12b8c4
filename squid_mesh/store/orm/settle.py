"""Settling a claim with the ORM, under the run's lock."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models.functions import Coalesce

from squid_mesh.lifecycle import FINISHED_RUN, StepStatus
from squid_mesh.models import Run, StepRun
from squid_mesh.store.claims import forget_deferred, record_attempt
from squid_mesh.store.clock import DatabaseNow, now_plus
from squid_mesh.store.events import append_events
from squid_mesh.store.locks import lock_rows
from squid_mesh.store.steps import add_steps
from squid_mesh.store.values import Settled, Settlement


def settle(settlement: Settlement, using: str) -> Settled | None:
    """Write a settlement; return None, and write nothing, if the claim is lost or the run moved on."""
    claim, change = settlement.claim, settlement.change
    with transaction.atomic(using=using):
        locked = lock_rows(Run.objects.using(using).filter(pk=claim.run_id), using)
        if locked.values_list("status", flat=True).get() != settlement.expect:
            return None
        if not _change_step(settlement, using):
            return None
        if change.attempt_outcome is not None:
            record_attempt(claim, change.attempt_outcome, change.attempt_error, using)
        if change.forgotten_attempt is not None:
            forget_deferred(claim, change.forgotten_attempt, using)
        settled = add_steps(
            claim.run_id, settlement.new_steps, using, lease=settlement.lease, worker=claim.worker
        )
        _change_run(settlement, using)
        append_events(claim.run_id, settlement.events, using)
        return settled


def _change_step(settlement: Settlement, using: str) -> bool:
    """Give the claimed step its new status; return False if the claim is lost."""
    claim, change = settlement.claim, settlement.change
    made_attempt = change.attempt_outcome is not None
    finished = change.status not in (StepStatus.WAITING, StepStatus.PAUSED)
    request = {} if change.request is None else {"request": change.request}
    changed = (
        StepRun.objects.using(using)
        .filter(pk=claim.step_id, claim_token=claim.token)
        .update(
            status=change.status.value,
            outcome=change.outcome,
            waiting_for=change.waiting_for or "",
            due_at=None if change.delay is None else now_plus(change.delay),
            claim_token=None,
            lease_until=None,
            attempt_number=claim.attempt if made_attempt else claim.attempt - 1,
            failures=change.failures,
            deferrals=change.deferrals,
            input=change.input,
            output=change.output,
            secrets=change.secrets,
            error=change.error,
            finished_at=DatabaseNow() if finished else None,
            **request,
        )
    )
    return changed == 1


def _change_run(settlement: Settlement, using: str) -> None:
    if settlement.run_status is None:
        return
    values: dict[str, Any] = {
        "status": settlement.run_status.value,
        "started_at": Coalesce("started_at", DatabaseNow()),
        "finished_at": DatabaseNow() if settlement.run_status in FINISHED_RUN else None,
    }
    if settlement.run_error is not None:
        values["error"] = settlement.run_error
    Run.objects.using(using).filter(pk=settlement.claim.run_id).update(**values)
