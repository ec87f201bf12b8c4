"""Signals and log records for observers, sent after the commit."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Model

from squid_mesh import signals
from squid_mesh.engine.worker.guards.leaked_transactions import read_transaction_states, roll_back_left_open
from squid_mesh.hooks import GuardedLogger
from squid_mesh.lifecycle import RunStatus, StepStatus, StoredStepStatus
from squid_mesh.models import Run, StepRun
from squid_mesh.signals import ObserverSignal
from squid_mesh.store.values import Settled, Settlement

logger = GuardedLogger("squid_mesh.engine")

_NEEDS_ATTENTION: Final = frozenset({StepStatus.FAILED, StepStatus.PAUSED, StepStatus.UNKNOWN})


def announce_run(run_id: UUID, workflow: str, before: RunStatus | None, after: RunStatus, using: str) -> None:
    """Announce a run's new status as soon as the transaction, if there is one, commits."""
    level = logging.WARNING if after is RunStatus.FAILED else logging.INFO
    if before == after or not _is_observed(signals.run_moved, Run, level):
        return
    fields = {"run_id": run_id, "workflow": workflow, "before": before, "after": after}
    transaction.on_commit(partial(_send_run, level, fields), using=using, robust=True)


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
    level = logging.WARNING if after in _NEEDS_ATTENTION or facts.get("error") else logging.INFO
    if not _is_observed(signals.step_moved, StepRun, level):
        return
    fields = {
        "run_id": run_id,
        "workflow": workflow,
        "step": step,
        "visit": facts.get("visit", 1),
        "before": before,
        "after": after,
        "outcome": facts.get("outcome", ""),
    }
    transaction.on_commit(partial(_send_step, level, fields, facts), using=using, robust=True)


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


def log_after_commit(level: int, using: str, message: str, *args: Any, exc_info: Any = None) -> None:
    """Log once the transaction commits: a log handler that writes to the database can't break it."""
    transaction.on_commit(
        partial(logger.log, level, message, *args, exc_info=exc_info), using=using, robust=True
    )


def _is_observed(signal: ObserverSignal, sender: type[Model], level: int) -> bool:
    """Return whether anybody would learn of it. Most steps have no observer, and each costs two of these."""
    return logger.is_enabled_for(level) or signal.has_listeners(sender)


def _send_run(level: int, fields: dict[str, Any]) -> None:
    if logger.is_enabled_for(level):
        extra = {"run_id": str(fields["run_id"]), "workflow": fields["workflow"]}
        logger.log(
            level, "Run %s of %s is %s", fields["run_id"], fields["workflow"], fields["after"], extra=extra
        )
    _send(signals.run_moved, Run, fields)


def _send_step(level: int, fields: dict[str, Any], facts: dict[str, Any]) -> None:
    if logger.is_enabled_for(level):
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
    _send(signals.step_moved, StepRun, fields)


def _send(signal: ObserverSignal, sender: type[Model], fields: Mapping[str, Any]) -> None:
    """Call the receivers, and roll back a transaction that one of them left open."""
    if not signal.has_listeners(sender):
        return
    before = read_transaction_states()
    signal.send_guarded(sender, **fields)
    left = roll_back_left_open(before)
    if left:
        logger.warning(
            "A signal receiver left a transaction open on %s; it was rolled back.", ", ".join(left)
        )
