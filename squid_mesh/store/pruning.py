"""Deleting finished runs with all their rows, and definitions that no run uses."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connections
from django.db.models import Count, Exists, Min, Model, OuterRef, Q, QuerySet

from squid_mesh.lifecycle import RunStatus
from squid_mesh.models import Attempt, AuditEvent, Decision, Definition, Run, RunTag, StepRun, Trigger
from squid_mesh.store.locks import lock_free_rows, lock_unused_rows
from squid_mesh.store.values import Prunable, Removed

#: That many keys fit into a statement of any database.
_AT_ONCE: Final = 1000
#: Where a batch ends: the time of creation and the id of its last run.
Position = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class OldRuns:
    """Runs of that status, of one workflow or of all, that finished before that time."""

    status: RunStatus
    workflow: str | None
    before: datetime

    def rows(self, using: str) -> QuerySet[Run]:
        """Return the rows. A run is created before it finishes, so the index by status and creation helps."""
        own = {} if self.workflow is None else {"workflow": self.workflow}
        runs = Run.objects.using(using).filter(status=self.status.value, **own)
        return runs.filter(created_at__lt=self.before, finished_at__lt=self.before)


def count_old_runs(old: OldRuns, using: str) -> list[Prunable]:
    """Count the runs by workflow."""
    found = old.rows(using).order_by("workflow").values_list("workflow")
    return [
        Prunable(workflow=workflow, status=old.status, runs=runs, oldest=oldest)
        for workflow, runs, oldest in found.annotate(runs=Count("pk"), oldest=Min("finished_at"))
    ]


def lock_batch(old: OldRuns, after: Position | None, limit: int, using: str) -> Sequence[Position]:
    """Return the next runs, the oldest first, locked; those that another transaction holds are passed over.

    Locking checks the conditions again, so a run that was reopened meanwhile isn't among them.
    """
    runs = old.rows(using).order_by("created_at", "id")
    if after is not None:
        created_at, run_id = after
        runs = runs.filter(Q(created_at__gt=created_at) | Q(created_at=created_at, pk__gt=run_id))
    return list(lock_unused_rows(runs, using).values_list("created_at", "pk")[:limit])


def find_referenced_elsewhere(run_ids: Collection[UUID], using: str) -> set[UUID]:
    """Return those of the locked runs to which a row refers that another transaction holds.

    Rows that refer to the other runs are locked. Waiting could be a deadlock: the other transaction may wait
    for one of the runs.
    """
    return _referenced(Run, "replay_of_id", run_ids, using) | _referenced(
        Trigger, "last_run_id", run_ids, using
    )


def _referenced(model: type[Model], reference: str, run_ids: Collection[UUID], using: str) -> set[UUID]:
    rows = model._base_manager.using(using).filter(**{f"{reference}__in": list(run_ids)})
    referring: dict[Any, UUID] = dict(rows.values_list("pk", reference))
    if referring:
        for pk in lock_free_rows(rows.order_by("pk"), using).values_list("pk", flat=True):
            referring.pop(pk, None)
    return set(referring.values())


def delete_runs(run_ids: Collection[UUID], using: str) -> Removed:
    """Delete locked runs and all their rows, without loading them.

    Other rows that refer to them, the host's too, are handled by their foreign key's ``on_delete``.

    Raises:
        IntegrityError: a row of another app refers to them and doesn't let them be deleted. Where the
            database checks at the end of the transaction, it raises then.
    """
    ids = list(run_ids)
    steps = _rows(StepRun, using).filter(run_id__in=ids)
    step_ids = list(steps.order_by().values_list("pk", flat=True))
    removed = Removed(
        runs=len(ids),
        attempts=_delete_of(step_ids, Attempt, using),
        decisions=_delete_of(step_ids, Decision, using),
        events=_delete(_rows(AuditEvent, using).filter(run_id__in=ids), using),
        steps=_delete(steps, using),
    )
    _delete(_rows(RunTag, using).filter(run_id__in=ids), using)
    _rows(Run, using).filter(pk__in=ids).only("pk").delete()
    if connections[using].vendor == "postgresql":
        connections[using].check_constraints()  # now, also inside a transaction of the caller
    return removed


def _rows(model: type[Model], using: str) -> QuerySet[Any]:
    """Return all rows, from a manager that may delete append-only rows."""
    return model._base_manager.using(using)


def _delete_of(step_ids: Sequence[int], model: type[Model], using: str) -> int:
    """Delete those steps' rows, by key: a join would be planned by statistics, which may be outdated."""
    parts = (step_ids[n : n + _AT_ONCE] for n in range(0, len(step_ids), _AT_ONCE))
    return sum(_delete(_rows(model, using).filter(step_id__in=part), using) for part in parts)


def _is_ours(model: Any) -> bool:
    app_label: str = model._meta.app_label
    return app_label == Run._meta.app_label


def _delete(rows: QuerySet[Any], using: str) -> int:
    """Delete the rows, and return how many; load them only if rows of another app refer to them."""
    options = rows.model._meta
    relations = (field for field in options.get_fields(include_hidden=True) if field.auto_created)
    if all(_is_ours(relation.related_model) for relation in relations if relation.is_relation):
        return rows._raw_delete(using)
    deleted: int = rows.order_by().delete()[1].get(options.label, 0)
    return deleted


def find_unused_definitions(before: datetime, keep: Iterable[str], using: str) -> list[str]:
    """Return the definitions that no run uses, older than that and not among those to keep."""
    unused = Definition.objects.using(using).filter(created_at__lt=before).exclude(pk__in=list(keep))
    unused = unused.filter(~Exists(Run.objects.using(using).filter(definition=OuterRef("pk"))))
    return list(unused.order_by("pk").values_list("pk", flat=True))


def delete_definition(fingerprint: str, using: str) -> int:
    """Delete that definition, and return 1; return 0 if it was deleted meanwhile.

    Raises:
        IntegrityError: a run uses it, or a row of another app refers to it.
    """
    deleted = Definition.objects.using(using).filter(pk=fingerprint).delete()
    if connections[using].vendor == "postgresql":
        connections[using].check_constraints()
    return deleted[1].get(Definition._meta.label, 0)


def has_runs(workflow: str, using: str) -> bool:
    """Return whether there is a run of that workflow."""
    return Run.objects.using(using).filter(workflow=workflow).exists()
