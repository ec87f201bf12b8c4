"""Removing runs that are over, with all that is theirs, and definitions that no run has any more."""

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
from squid_mesh.store.portable import skip_locked
from squid_mesh.store.values import Prunable, Removed

#: So many keys fit into a statement of any database.
_AT_ONCE: Final = 1000
#: Where the next batch begins: the last run of the one before, in the order of creation.
Place = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Old:
    """Which runs are meant: those of that status, of all workflows or one, over before that moment."""

    status: RunStatus
    workflow: str | None
    before: datetime

    def rows(self, using: str) -> QuerySet[Run]:
        """The runs. What is over was created before, which the index by status and creation knows."""
        own = {} if self.workflow is None else {"workflow": self.workflow}
        runs = Run.objects.using(using).filter(status=self.status.value, **own)
        return runs.filter(created_at__lt=self.before, finished_at__lt=self.before)


def count(old: Old, using: str) -> list[Prunable]:
    """How many runs are meant, by workflow."""
    found = old.rows(using).order_by("workflow").values_list("workflow")
    return [
        Prunable(workflow=workflow, status=old.status, runs=runs, oldest=oldest)
        for workflow, runs, oldest in found.annotate(runs=Count("pk"), oldest=Min("finished_at"))
    ]


def lock_batch(old: Old, after: Place | None, limit: int, using: str) -> Sequence[Place]:
    """The next runs, the oldest first, locked; those that somebody else holds are passed over.

    The lock is the check: what another transaction has reopened meanwhile is no longer among them.
    """
    runs = old.rows(using).order_by("created_at", "id")
    if after is not None:
        created_at, run_id = after
        runs = runs.filter(Q(created_at__gt=created_at) | Q(created_at=created_at, pk__gt=run_id))
    features = connections[using].features
    if (
        features.has_select_for_update
    ):  # for deletion: a row that is just coming to refer to it is a holder too
        runs = runs.select_for_update(skip_locked=features.has_select_for_update_skip_locked)
    return list(runs.values_list("created_at", "pk")[:limit])


def referred_elsewhere(run_ids: Collection[UUID], using: str) -> set[UUID]:
    """Those of the locked runs to which a row refers that somebody else holds; the others' are locked now.

    Waiting for it could be for ever: who holds it may wait for one of the runs.
    """
    return _held(Run, "replay_of_id", run_ids, using) | _held(Trigger, "last_run_id", run_ids, using)


def _held(model: type[Model], reference: str, run_ids: Collection[UUID], using: str) -> set[UUID]:
    rows = model._base_manager.using(using).filter(**{f"{reference}__in": list(run_ids)})
    referring: dict[Any, UUID] = dict(rows.values_list("pk", reference))
    if referring:
        for pk in skip_locked(rows.order_by("pk"), using).values_list("pk", flat=True):
            referring.pop(pk, None)
    return set(referring.values())


def remove(run_ids: Collection[UUID], using: str) -> Removed:
    """Delete locked runs and what is theirs, without loading it.

    What refers to them, the host's rows too, is dealt with as its foreign key says: replays and triggers
    forget them.
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
    return removed


def _rows(model: type[Model], using: str) -> QuerySet[Any]:
    """All rows: the history's own manager refuses to delete them."""
    return model._base_manager.using(using)


def _delete_of(step_ids: Sequence[int], model: type[Model], using: str) -> int:
    """Delete what is those steps'. By their keys: a join is planned by statistics, which may be of old."""
    parts = (step_ids[n : n + _AT_ONCE] for n in range(0, len(step_ids), _AT_ONCE))
    return sum(_delete(_rows(model, using).filter(step_id__in=part), using) for part in parts)


def _delete(rows: QuerySet[Any], using: str) -> int:
    return rows._raw_delete(using)


def remove_definitions(before: datetime, keep: Iterable[str], using: str) -> int:
    """Delete definitions that no run has, that are older, and that aren't among those to keep; how many."""
    unused = Definition.objects.using(using).filter(created_at__lt=before).exclude(pk__in=list(keep))
    unused = unused.filter(~Exists(Run.objects.using(using).filter(definition=OuterRef("pk"))))
    return unused.only("pk").delete()[0]


def knows(workflow: str, using: str) -> bool:
    """Whether there is a run of that workflow."""
    return Run.objects.using(using).filter(workflow=workflow).exists()
