"""Deleting runs that finished long ago, one batch in each transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import DatabaseError, IntegrityError, InterfaceError, transaction
from django.db.models import Model, ProtectedError, RestrictedError

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
    delete_definition,
    delete_runs,
    find_referenced_elsewhere,
    find_unused_definitions,
    has_runs,
    lock_batch,
)
from squid_mesh.store.values import Prunable, Removed, SkippedRun

logger = GuardedLogger("squid_mesh.engine")

#: The statuses that are pruned by default. A failed run may still need a person.
STATUSES: Final = (RunStatus.COMPLETED, RunStatus.CANCELLED)
_BATCH: Final = 200
_OLDEST: Final = timedelta(seconds=MAX_DELAY)
#: The result names that many skipped runs; the log names all.
_NAMED: Final = 100


class _BatchRefused(Exception):
    """A batch couldn't be deleted. ``batch`` has the places of its runs."""

    def __init__(self, batch: Sequence[Position]) -> None:
        super().__init__()
        self.batch = batch


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
    that another transaction has locked at that moment is left. A run is skipped if a row of another app
    refers to it and doesn't let it be deleted, or if a signal's receiver raises: the result counts and names
    such runs with the reasons, and the log does. Replays of a deleted run no longer refer to
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
            for part in _prune(old, using):
                named = len(removed.skipped_runs)
                removed += replace(part, skipped_runs=part.skipped_runs[: _NAMED - named])
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


def _prune(old: OldRuns, using: str) -> Iterator[Removed]:
    """Delete the runs batch by batch. A batch that can't be deleted is divided, down to a single run."""
    place: Position | None = None
    size = _BATCH
    while True:
        try:
            removed, batch = _prune_batch(old, place, size, using)
        except _BatchRefused as refused:
            if len(refused.batch) > 1:
                size = len(refused.batch) // 2
                continue
            batch = refused.batch
            removed = _skip(batch[0][1], refused.__cause__)
        yield removed
        if len(batch) < size:
            return
        place = batch[-1]
        size = 1 if removed.skipped else min(size * 2, _BATCH)


def _skip(run_id: UUID, cause: BaseException | None) -> Removed:
    reason = _describe(cause)
    logger.warning("Run %s was not pruned: %s", run_id, reason)
    return Removed(skipped=1, skipped_runs=(SkippedRun(id=run_id, reason=reason),))


def _describe(cause: BaseException | None) -> str:
    """Return the rows that refer to a run and keep it, or else the error's first line."""
    rows: Iterable[Model] = ()
    if isinstance(cause, ProtectedError):
        rows = cause.protected_objects
    elif isinstance(cause, RestrictedError):
        rows = cause.restricted_objects
    if names := sorted({f"{row._meta.label} {row.pk}" for row in rows}):
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        return f"{', '.join(names[:3])}{more} refers to it."
    return f"{type(cause).__name__}: {str(cause).partition(chr(10))[0]}"


def _prune_batch(
    old: OldRuns, after: Position | None, size: int, using: str
) -> tuple[Removed, Sequence[Position]]:
    """Delete one batch and return the places of its runs. A deadlock repeats it.

    Raises:
        _BatchRefused: its runs can't all be deleted. None was.
    """
    return retry_on_deadlock(lambda: _prune_once(old, after, size, using), using)


def _prune_once(
    old: OldRuns, after: Position | None, size: int, using: str
) -> tuple[Removed, Sequence[Position]]:
    batch: Sequence[Position] = ()
    try:
        with transaction.atomic(using=using):
            batch = lock_batch(old, after, size, using)
            ids = {run_id for _, run_id in batch}
            ids -= find_referenced_elsewhere(ids, using) if ids else set()
            removed = delete_runs(ids, using) if ids else Removed()
    except Exception as error:
        if not batch or not _is_refusal(error):
            raise
        raise _BatchRefused(batch) from error
    return removed, batch


def _is_refusal(error: Exception) -> bool:
    """Return whether a row of the host, or a receiver of the host's, refuses the deletion."""
    return isinstance(error, IntegrityError) or not isinstance(error, DatabaseError | InterfaceError)


def _prune_definitions(before: datetime, using: str) -> int:
    """Delete unused definitions, except those of installed workflows: a run may start at any moment."""
    installed = [cls.blueprint.fingerprint for cls in registry.list_workflows()]
    deleted = 0
    for fingerprint in find_unused_definitions(before, installed, using):
        try:
            with transaction.atomic(using=using):
                deleted += delete_definition(fingerprint, using)
        except Exception as error:  # such as: another version of the code has just started a run with it
            if not _is_refusal(error):
                raise
            logger.warning("Definition %s was not deleted: %s", fingerprint[:8], _describe(error))
    return deleted


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
