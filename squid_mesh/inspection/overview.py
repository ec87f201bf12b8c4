"""The state of the installation: counts stop at a limit, so the cost doesn't grow with the data."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import F, QuerySet
from pydantic import BaseModel, ConfigDict

from squid_mesh import conf
from squid_mesh.inspection.clusters import list_clusters
from squid_mesh.inspection.held_steps import held_steps
from squid_mesh.inspection.runs.reading import summary_fields
from squid_mesh.inspection.snapshots.runs import ClusterSnapshot, RunSummary
from squid_mesh.lifecycle import FINISHED_RUN, RunStatus
from squid_mesh.models import Attempt, Run, StepRun, Trigger
from squid_mesh.store.clock import database_time

#: Counting stops here.
MOST: Final = 1000
_DAY: Final = timedelta(hours=24)
#: A step due for longer than this is late.
_LATE: Final = timedelta(seconds=60)
_ATTEMPTS: Final = 500
_LISTED: Final = 10


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class Count(_Value):
    """A count that stops at a limit; ``more``: there are more than ``number``."""

    number: int
    more: bool = False


class StatusCount(Count):
    """How many runs have a status. ``recent_only``: only those started in the last 24 hours are counted."""

    status: RunStatus
    recent_only: bool


class NextTrigger(_Value):
    """A cron trigger that fires next."""

    id: int
    workflow: str
    name: str
    next_time: datetime
    error: str


class SlowStep(_Value):
    """How long the latest executions of a step took, in seconds."""

    workflow: str
    step: str
    executions: int
    mean: float
    longest: float
    longest_run: UUID


class Overview(_Value):
    """The state of the installation at ``now``, the database's time.

    ``due`` steps wait for a worker, the oldest since ``due_since``; ``late`` ones for more than a minute.
    ``lost`` steps had a worker that died, ``held`` ones need a person. ``failures`` are the newest failed
    runs that were started in the last 24 hours; ``longest`` are the runs that have been running longest;
    ``slowest`` are steps, by their latest executions. ``clusters`` include dead ones.
    """

    now: datetime
    counts: tuple[StatusCount, ...]
    held: Count
    due: Count
    due_since: datetime | None
    late: Count
    lost: Count
    failures: tuple[RunSummary, ...]
    longest: tuple[RunSummary, ...]
    triggers: tuple[NextTrigger, ...]
    slowest: tuple[SlowStep, ...]
    clusters: tuple[ClusterSnapshot, ...]

    def count(self, status: RunStatus) -> StatusCount:
        """Return the count of that status."""
        return next(count for count in self.counts if count.status is status)


def read_overview() -> Overview:
    """Return the state of the installation. About twenty queries, each over a bounded part of an index."""
    using = conf.database()
    now = database_time(using)
    runs = Run.objects.using(using).defer("payload", "schedule")
    steps = StepRun.objects.using(using)
    failed = runs.filter(status=RunStatus.FAILED.value, created_at__gte=now - _DAY)
    running = runs.filter(status=RunStatus.RUNNING.value).order_by("created_at", "id")
    due = steps.filter(due_at__lte=now)
    return Overview(
        now=now,
        counts=tuple(_of_status(status, runs, now) for status in RunStatus),
        held=_count(held_steps(using).order_by("pk")),
        due=_count(due.order_by("due_at")),
        due_since=due.order_by("due_at").values_list("due_at", flat=True).first(),
        late=_count(steps.filter(due_at__lte=now - _LATE).order_by("due_at")),
        lost=_count(steps.filter(lease_until__lt=now).order_by("lease_until")),
        failures=_summaries(failed.order_by("-created_at", "-id")),
        longest=_summaries(running),
        triggers=_next_triggers(using),
        slowest=_slowest(using),
        clusters=list_clusters(),
    )


def _of_status(status: RunStatus, runs: QuerySet[Run], now: datetime) -> StatusCount:
    finished = status in FINISHED_RUN
    found = runs.filter(status=status.value, **({"created_at__gte": now - _DAY} if finished else {}))
    count = _count(found.order_by("-created_at"))
    return StatusCount(status=status, recent_only=finished, number=count.number, more=count.more)


def _count(rows: QuerySet[Run] | QuerySet[StepRun]) -> Count:
    number = rows.values_list("pk", flat=True)[: MOST + 1].count()
    return Count(number=min(number, MOST), more=number > MOST)


def _summaries(runs: QuerySet[Run]) -> tuple[RunSummary, ...]:
    return tuple(RunSummary(**summary_fields(run)) for run in runs[:_LISTED])


def _next_triggers(using: str) -> tuple[NextTrigger, ...]:
    rows = Trigger.objects.using(using).filter(next_time__isnull=False).order_by("next_time", "pk")
    return tuple(
        NextTrigger(id=t.pk, workflow=t.workflow, name=t.name, next_time=t.next_time, error=t.error)
        for t in rows[:_LISTED]
        if t.next_time is not None
    )


def _slowest(using: str) -> tuple[SlowStep, ...]:
    rows = Attempt.objects.using(using).order_by("-pk").annotate(workflow=F("step__run__workflow"))
    columns = ("workflow", "step__name", "step__run_id", "started_at", "ended_at")
    took: dict[tuple[str, str], list[tuple[float, UUID]]] = defaultdict(list)
    for workflow, step, run_id, started_at, ended_at in rows.values_list(*columns)[:_ATTEMPTS]:
        took[workflow, step].append(((ended_at - started_at).total_seconds(), run_id))
    found = [
        SlowStep(
            workflow=workflow,
            step=step,
            executions=len(times),
            mean=sum(seconds for seconds, _ in times) / len(times),
            longest=max(times)[0],
            longest_run=max(times)[1],
        )
        for (workflow, step), times in took.items()
    ]
    return tuple(sorted(found, key=lambda slow: -slow.mean)[:_LISTED])
