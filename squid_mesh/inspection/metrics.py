"""The metrics for alerts: a fixed number of queries, each over a bounded part of an index."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Max, Min, QuerySet
from pydantic import BaseModel, ConfigDict

from squid_mesh import conf
from squid_mesh.inspection.clusters import list_clusters
from squid_mesh.inspection.cron_triggers import list_triggers
from squid_mesh.inspection.held_steps import held_steps
from squid_mesh.lifecycle import (
    FINISHED_RUN,
    AttemptOutcome,
    RunStatus,
    StoredOutcome,
    StoredWaitingFor,
    WaitingFor,
    read_value,
)
from squid_mesh.models import Attempt, AuditEvent, Run, StepRun
from squid_mesh.store.clock import database_time

#: Counting stops here, for each status of runs and for each metric of steps.
MOST: Final = 10_000
#: How many of the newest rows are searched for recent ones.
NEWEST: Final = 5_000
RECENT: Final = timedelta(minutes=5)
#: The metrics that may stop at a limit.
CAPPED_METRICS: Final = (
    *("runs", "steps_due", "steps_waiting", "steps_leased", "steps_held"),
    *("recent_attempts", "recent_runs_ended"),
)
_OPEN: Final = tuple(status for status in RunStatus if status not in FINISHED_RUN)
_ENDS: Final = {f"run_{status.value}": status for status in RunStatus if status in FINISHED_RUN}


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class RunsMetric(_Value):
    """How many runs of a workflow have a status, or reached it recently."""

    workflow: str
    status: RunStatus
    number: int


class HeldMetric(_Value):
    """How many held steps wait for ``approval``, ``pause``, ``code``, ``crash_cap`` or ``outcome``."""

    waiting_for: StoredWaitingFor
    number: int


class TriggerMetric(_Value):
    """An enabled cron trigger: how late it is, and whether its last start failed."""

    workflow: str
    name: str
    late_seconds: float
    failing: bool


class AttemptsMetric(_Value):
    """The recent attempts of a step with one outcome, and how many seconds they took."""

    workflow: str
    step: str
    outcome: StoredOutcome
    number: int
    mean: float
    longest: float


class Metrics(_Value):
    """The state of the installation at ``now``, the database's time, in numbers.

    ``capped`` names the metrics that stopped at a limit, so that the real number is larger. ``attempts`` and
    ``ended`` are those of the last five minutes.
    """

    now: datetime
    runs: tuple[RunsMetric, ...]
    runs_held: int
    due: int
    oldest_due_seconds: float
    waiting: int
    running: int
    lost: int
    held: tuple[HeldMetric, ...]
    clusters: int
    workers: int
    triggers: tuple[TriggerMetric, ...]
    attempts: tuple[AttemptsMetric, ...]
    ended: tuple[RunsMetric, ...]
    capped: frozenset[str]


def read_metrics() -> Metrics:
    """Return the current metrics."""
    using, capped = conf.database(), set[str]()
    now = database_time(using)
    alive = [cluster for cluster in list_clusters() if cluster.alive]
    values = {
        **_runs(using, capped),
        **_due(now, using, capped),
        **_leased(now, using, capped),
        **_held(using, capped),
        "attempts": _attempts(now - RECENT, using, capped),
        "ended": _ended(now - RECENT, using, capped),
        "triggers": _triggers(now),
    }
    return Metrics(
        now=now,
        clusters=len(alive),
        workers=sum(cluster.workers for cluster in alive),
        capped=frozenset(capped),
        **values,
    )


def _runs(using: str, capped: set[str]) -> dict[str, Any]:
    found: list[RunsMetric] = []
    for status in _OPEN:
        names = list(_of_status(status, using).values_list("workflow", flat=True)[: MOST + 1])
        _note_cap("runs", len(names), capped)
        found += [
            RunsMetric(workflow=workflow, status=status, number=number)
            for workflow, number in sorted(Counter(names[:MOST]).items())
        ]
    return {"runs": tuple(found)}


def _of_status(status: RunStatus, using: str) -> QuerySet[Run]:
    """Return the runs of a status. As a range: given an equality, planners may scan all runs."""
    rows = Run.objects.using(using).filter(status__gte=status.value, status__lte=status.value)
    return rows.order_by("status", "-created_at", "-id")


def _due(now: datetime, using: str, capped: set[str]) -> dict[str, Any]:
    steps = StepRun.objects.using(using).order_by("due_at")
    due = steps.filter(due_at__lte=now).values("due_at")[: MOST + 1]
    found = due.aggregate(number=Count("due_at"), first=Min("due_at"))
    later = steps.filter(due_at__gt=now).values("due_at")[: MOST + 1].count()
    _note_cap("steps_due", found["number"], capped)
    _note_cap("steps_waiting", later, capped)
    return {
        "due": min(found["number"], MOST),
        "oldest_due_seconds": (now - found["first"]).total_seconds() if found["first"] else 0.0,
        "waiting": min(later, MOST),
    }


def _leased(now: datetime, using: str, capped: set[str]) -> dict[str, Any]:
    leased = StepRun.objects.using(using).filter(lease_until__isnull=False).order_by("lease_until")
    until = list(leased.values_list("lease_until", flat=True)[: MOST + 1])
    _note_cap("steps_leased", len(until), capped)
    lost = sum(moment is not None and moment < now for moment in until[:MOST])
    return {"lost": lost, "running": len(until[:MOST]) - lost}


def _held(using: str, capped: set[str]) -> dict[str, Any]:
    found = list(held_steps(using).order_by("pk").values_list("run_id", "waiting_for")[: MOST + 1])
    _note_cap("steps_held", len(found), capped)
    counted = Counter(waiting_for for _, waiting_for in found[:MOST])
    held = tuple(
        HeldMetric(waiting_for=read_value(WaitingFor, name), number=number)
        for name, number in sorted(counted.items())
    )
    return {"held": held, "runs_held": len({run_id for run_id, _ in found[:MOST]})}


def _attempts(since: datetime, using: str, capped: set[str]) -> tuple[AttemptsMetric, ...]:
    rows = Attempt.objects.using(using)
    took = ExpressionWrapper(F("ended_at") - F("started_at"), output_field=DurationField())
    recent = rows.filter(
        pk__gt=_floor("recent_attempts", rows, "ended_at", since, capped), ended_at__gte=since
    )
    found = (
        recent.order_by()
        .values_list("step__run__workflow", "step__name", "outcome")
        .annotate(number=Count("pk"), mean=Avg(took), longest=Max(took))
    )
    return tuple(
        AttemptsMetric(
            workflow=workflow,
            step=step,
            outcome=read_value(AttemptOutcome, outcome),
            number=number,
            mean=mean.total_seconds(),
            longest=longest.total_seconds(),
        )
        for workflow, step, outcome, number, mean, longest in sorted(found)
    )


def _ended(since: datetime, using: str, capped: set[str]) -> tuple[RunsMetric, ...]:
    rows = AuditEvent.objects.using(using)
    floor = _floor("recent_runs_ended", rows, "created_at", since, capped)
    recent = rows.filter(pk__gt=floor, created_at__gte=since, type__in=list(_ENDS))
    found = recent.order_by().values_list("run__workflow", "type").annotate(number=Count("pk"))
    return tuple(
        RunsMetric(workflow=workflow, status=_ENDS[kind], number=number)
        for workflow, kind, number in sorted(found)
    )


def _floor(name: str, rows: QuerySet[Any], column: str, since: datetime, capped: set[str]) -> int:
    """Return the newest key that is too old to be counted; note the cap if it isn't old enough."""
    found = rows.order_by("-pk").values_list("pk", column)[NEWEST : NEWEST + 1]
    for pk, moment in found:
        if moment >= since:
            capped.add(name)
        return int(pk)
    return 0


def _triggers(now: datetime) -> tuple[TriggerMetric, ...]:
    return tuple(
        TriggerMetric(
            workflow=trigger.workflow,
            name=trigger.name,
            late_seconds=max(0.0, (now - trigger.next_time).total_seconds()) if trigger.next_time else 0,
            failing=bool(trigger.error),
        )
        for trigger in list_triggers()
        if trigger.enabled and trigger.declared
    )


def _note_cap(name: str, number: int, capped: set[str]) -> None:
    if number > MOST:
        capped.add(name)
