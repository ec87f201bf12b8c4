"""Telling observers after the commit: signals and log records."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction

from squid_mesh import signals
from squid_mesh.lifecycle import RunStatus, StepStatus
from squid_mesh.models import Run, StepRun

logger = logging.getLogger("squid_mesh.engine")


def run_moved(run_id: UUID, workflow: str, before: RunStatus | None, after: RunStatus, using: str) -> None:
    """Say that a run has its status from now on; once the transaction, if there is one, commits."""
    if before == after:
        return
    fields = {"run_id": run_id, "workflow": workflow, "before": before, "after": after}
    transaction.on_commit(partial(_run_moved, fields), using=using, robust=True)


def step_moved(
    run_id: UUID,
    workflow: str,
    step: str,
    before: StepStatus | None,
    after: StepStatus,
    using: str,
    **facts: Any,
) -> None:
    """Say that a step has its status from now on. ``facts``: visit, attempt, outcome, error."""
    fields = {
        "run_id": run_id,
        "workflow": workflow,
        "step": step,
        "visit": facts.get("visit", 1),
        "before": before,
        "after": after,
        "outcome": facts.get("outcome", ""),
    }
    transaction.on_commit(partial(_step_moved, fields, facts), using=using, robust=True)


def _run_moved(fields: dict[str, Any]) -> None:
    level = logging.WARNING if fields["after"] is RunStatus.FAILED else logging.INFO
    if logger.isEnabledFor(level):
        extra = {"run_id": str(fields["run_id"]), "workflow": fields["workflow"]}
        logger.log(
            level, "Run %s of %s is %s", fields["run_id"], fields["workflow"], fields["after"], extra=extra
        )
    signals.run_moved.send_robust(Run, **fields)


def _step_moved(fields: dict[str, Any], facts: dict[str, Any]) -> None:
    trouble = fields["after"] in (StepStatus.FAILED, StepStatus.PAUSED, StepStatus.UNKNOWN)
    level = logging.WARNING if trouble or facts.get("error") else logging.INFO
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
