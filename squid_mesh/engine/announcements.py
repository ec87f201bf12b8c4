"""Signals and log records for observers, sent after the commit."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction

from squid_mesh import signals
from squid_mesh.lifecycle import RunStatus, StepStatus, StoredStepStatus
from squid_mesh.models import Run, StepRun
from squid_mesh.store.values import Settled, Settlement

logger = logging.getLogger("squid_mesh.engine")


def announce_run(run_id: UUID, workflow: str, before: RunStatus | None, after: RunStatus, using: str) -> None:
    """Announce a run's new status as soon as the transaction, if there is one, commits."""
    if before == after:
        return
    fields = {"run_id": run_id, "workflow": workflow, "before": before, "after": after}
    transaction.on_commit(partial(_send_run, fields), using=using, robust=True)


def announce_step(
    run_id: UUID,
    workflow: str,
    step: str,
    before: StoredStepStatus | None,
    after: StepStatus,
    using: str,
    **facts: Any,
) -> None:
    """Announce a step's new status, likewise. ``facts``: visit, attempt, outcome, error."""
    fields = {
        "run_id": run_id,
        "workflow": workflow,
        "step": step,
        "visit": facts.get("visit", 1),
        "before": before,
        "after": after,
        "outcome": facts.get("outcome", ""),
    }
    transaction.on_commit(partial(_send_step, fields, facts), using=using, robust=True)


def announce_settled(
    workflow: str,
    settlement: Settlement,
    settled: Settled,
    was: StoredStepStatus,
    after: RunStatus,
    using: str,
) -> None:
    """Announce the step that was settled, the steps that the run reached, and the run.

    ``was`` is the step's status before, ``after`` the run's status now.
    """
    claim, change = settlement.claim, settlement.change
    announce_step(
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
        announce_step(claim.run_id, workflow, new.name, StepStatus.PENDING, new.status, using, visit=visit)
    announce_run(claim.run_id, workflow, settlement.expect, after, using)


def _send_run(fields: dict[str, Any]) -> None:
    level = logging.WARNING if fields["after"] is RunStatus.FAILED else logging.INFO
    if logger.isEnabledFor(level):
        extra = {"run_id": str(fields["run_id"]), "workflow": fields["workflow"]}
        logger.log(
            level, "Run %s of %s is %s", fields["run_id"], fields["workflow"], fields["after"], extra=extra
        )
    signals.run_moved.send_robust(Run, **fields)


def _send_step(fields: dict[str, Any], facts: dict[str, Any]) -> None:
    needs_attention = fields["after"] in (StepStatus.FAILED, StepStatus.PAUSED, StepStatus.UNKNOWN)
    level = logging.WARNING if needs_attention or facts.get("error") else logging.INFO
    if logger.isEnabledFor(level):
        extra = {
            "run_id": str(fields["run_id"]),
            "workflow": fields["workflow"],
            "step": fields["step"],
            "attempt": facts.get("attempt", 0),
        }
        error = facts.get("error") or {}
        logger.log(
            level,
            "Step %s of run %s is %s%s",
            fields["step"],
            fields["run_id"],
            fields["after"],
            f": {error.get('type')}: {error.get('message')}" if error else "",
            extra=extra,
        )
    signals.step_moved.send_robust(StepRun, **fields)
