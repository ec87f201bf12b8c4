"""Deleting runs that finished long ago, one batch in each transaction."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from squid_mesh import conf
from squid_mesh.definitions import registry
from squid_mesh.definitions.declare.outcomes import MAX_DELAY
from squid_mesh.definitions.declare.workflow import Workflow
from squid_mesh.definitions.values.texts import is_storable
from squid_mesh.exceptions import InvalidArgument
from squid_mesh.hooks import GuardedLogger
from squid_mesh.lifecycle import FINISHED_RUN, RunStatus
from squid_mesh.store.clock import database_time
from squid_mesh.store.locks import retry_on_deadlock
from squid_mesh.store.pruning import (
    OldRuns,
    Position,
    count_old_runs,
    delete_runs,
    delete_unused_definitions,
    find_referenced_elsewhere,
    has_runs,
    lock_batch,
)
from squid_mesh.store.values import Prunable, Removed

logger = GuardedLogger("squid_mesh.engine")

#: The statuses that are pruned by default. A failed run may still need a person.
STATUSES: Final = (RunStatus.COMPLETED, RunStatus.CANCELLED)
_BATCH: Final = 200
_OLDEST: Final = timedelta(seconds=MAX_DELAY)


def count_prunable(
    *,
    older_than: timedelta,
    statuses: Collection[str] = STATUSES,
    workflow: type[Workflow] | str | None = None,
) -> tuple[Prunable, ...]:
    """Return what :func:`prune_runs` would delete, by workflow and status. Raises the same errors."""
    using = conf.database()
    found, _ = _select_runs(older_than, statuses, workflow, using)
    return tuple(row for old in found for row in count_old_runs(old, using))


def prune_runs(
    *,
    older_than: timedelta,
    statuses: Collection[str] = STATUSES,
    workflow: type[Workflow] | str | None = None,
    actor: str = "",
) -> Removed:
    """Delete the runs that finished longer ago than that, with their steps, attempts and history.

    Each batch is a short transaction of its own: what is deleted stays deleted if a later batch fails. A run
    that another transaction has locked at that moment is left. Replays of a deleted run no longer refer to
    it, and its idempotency key is free again. Definitions of that age without runs are deleted too, except
    those of installed workflows. The log records what was deleted, and for which ``actor``.

    Raises:
        InvalidArgument: a status isn't that of a finished run, or the age is negative.
        WorkflowNotFound: no such workflow is installed or has runs.
    """
    using = conf.database()
    found, before = _select_runs(older_than, statuses, workflow, using)
    removed = Removed()
    try:
        for old in found:
            place: Position | None = None
            while True:
                deleted, place = _prune_batch(old, place, using)
                removed += deleted
                if place is None:
                    break
        removed += Removed(definitions=_prune_definitions(before, using))
    finally:
        logger.info(
            "Pruned %s runs that finished before %s%s, for %s: %s",
            " and ".join(old.status for old in found),
            before.isoformat(),
            f" of workflow {found[0].workflow}" if found and found[0].workflow else "",
            actor or "the project's code",
            removed,
        )
    return removed


def _prune_batch(old: OldRuns, after: Position | None, using: str) -> tuple[Removed, Position | None]:
    """Delete one batch and return where the next one starts, None after the last. A deadlock repeats it."""
    return retry_on_deadlock(lambda: _prune_once(old, after, using), using)


def _prune_once(old: OldRuns, after: Position | None, using: str) -> tuple[Removed, Position | None]:
    with transaction.atomic(using=using):
        batch = lock_batch(old, after, _BATCH, using)
        ids = {run_id for _, run_id in batch}
        ids -= find_referenced_elsewhere(ids, using) if ids else set()
        removed = delete_runs(ids, using) if ids else Removed()
    return removed, batch[-1] if len(batch) == _BATCH else None


def _prune_definitions(before: datetime, using: str) -> int:
    """Delete unused definitions, except those of installed workflows: a run may start at any moment."""
    installed = [cls.blueprint.fingerprint for cls in registry.list_workflows()]
    try:
        with transaction.atomic(using=using):
            return delete_unused_definitions(before, installed, using)
    except (IntegrityError, ProtectedError):  # another version of the code has just started a run with one
        logger.warning("Definitions without runs were not deleted this time: one of them came into use.")
        return 0


def _select_runs(
    older_than: timedelta,
    statuses: Collection[str],
    workflow: type[Workflow] | str | None,
    using: str,
) -> tuple[list[OldRuns], datetime]:
    if older_than < timedelta(0):
        raise InvalidArgument("The age can't be negative.", argument="older_than")
    if older_than > _OLDEST:
        raise InvalidArgument("The age can't be more than a century.", argument="older_than")
    checked = [_check_status(status) for status in dict.fromkeys(statuses)]
    name = None if workflow is None else _check_workflow(workflow, using)
    before = database_time(using) - older_than
    return [OldRuns(status=status, workflow=name, before=before) for status in checked], before


def _check_status(status: str) -> RunStatus:
    if status in FINISHED_RUN:
        return RunStatus(status)
    known = sorted(finished.value for finished in FINISHED_RUN)
    raise InvalidArgument(
        f"Only finished runs can be pruned: {', '.join(known)}, not {status!r}.",
        argument="statuses",
        known=known,
    )


def _check_workflow(workflow: type[Workflow] | str, using: str) -> str:
    if isinstance(workflow, str) and is_storable(workflow) and has_runs(workflow, using):
        return workflow
    return registry.get_workflow(workflow).workflow_name
