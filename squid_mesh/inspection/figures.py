"""The figures for alerts: a fixed number of queries, each over a bounded part of an index."""

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

#: Counting stops here, for each status of runs and for each figure of steps.
MOST: Final = 10_000
#: What was lately is looked for among so many of the newest rows.
NEWEST: Final = 5_000
LATELY: Final = timedelta(minutes=5)
#: The figures that may stop at a limit.
CAPPED_FIGURES: Final = (
    *("runs", "steps_due", "steps_waiting", "steps_leased", "steps_held"),
    *("recent_attempts", "recent_runs_ended"),
)
_OPEN: Final = tuple(status for status in RunStatus if status not in FINISHED_RUN)
_ENDS: Final = {f"run_{status.value}": status for status in RunStatus if status in FINISHED_RUN}


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class RunsFigure(_Value):
    """How many runs of a workflow have a status, or came to it lately."""

    workflow: str
    status: RunStatus
    number: int


class HeldFigure(_Value):
    """How many held steps wait for that: ``approval``, ``pause``, ``code``, ``crash_cap``, ``outcome``."""

    waiting_for: StoredWaitingFor
    number: int


class TriggerFigure(_Value):
    """A cron trigger that is switched on: how long its next window is past, and whether it couldn't fire."""

    workflow: str
    name: str
    late_seconds: float
    failing: bool


class AttemptsFigure(_Value):
    """The attempts at a step that came to one outcome lately, and how many seconds they took."""

    workflow: str
    step: str
    outcome: StoredOutcome
    number: int
    mean: float
    longest: float


class Figures(_Value):
    """How everything stands at ``now``, the database's time, in numbers.

    ``capped`` names the figures that stopped at a limit, and are larger than they say. ``attempts`` and
    ``ended`` are those of the last five minutes.
    """

    now: datetime
    runs: tuple[RunsFigure, ...]
    runs_held: int
    due: int
    oldest_due_seconds: float
    waiting: int
    running: int
    lost: int
    held: tuple[HeldFigure, ...]
    clusters: int
    workers: int
    triggers: tuple[TriggerFigure, ...]
    attempts: tuple[AttemptsFigure, ...]
    ended: tuple[RunsFigure, ...]
    capped: frozenset[str]


def figures() -> Figures:
    """The figures as they are now."""
    using, capped = conf.database(), set[str]()
    now = database_time(using)
    alive = [cluster for cluster in list_clusters() if cluster.alive]
    told = {
        **_runs(using, capped),
        **_due(now, using, capped),
        **_leased(now, using, capped),
        **_held(using, capped),
        "attempts": _attempts(now - LATELY, using, capped),
        "ended": _ended(now - LATELY, using, capped),
        "triggers": _triggers(now),
    }
    return Figures(
        now=now,
        clusters=len(alive),
        workers=sum(cluster.workers for cluster in alive),
        capped=frozenset(capped),
        **told,
    )


def _runs(using: str, capped: set[str]) -> dict[str, Any]:
    found: list[RunsFigure] = []
    for status in _OPEN:
        names = list(_of_status(status, using).values_list("workflow", flat=True)[: MOST + 1])
        _note("runs", len(names), capped)
        found += [
            RunsFigure(workflow=workflow, status=status, number=number)
            for workflow, number in sorted(Counter(names[:MOST]).items())
        ]
    return {"runs": tuple(found)}


def _of_status(status: RunStatus, using: str) -> QuerySet[Run]:
    """As a range, ordered by it: given an equality, planners may walk all runs to find the few that fit."""
    rows = Run.objects.using(using).filter(status__gte=status.value, status__lte=status.value)
    return rows.order_by("status", "-created_at", "-id")


def _due(now: datetime, using: str, capped: set[str]) -> dict[str, Any]:
    steps = StepRun.objects.using(using).order_by("due_at")
    due = steps.filter(due_at__lte=now).values("due_at")[: MOST + 1]
    found = due.aggregate(number=Count("due_at"), first=Min("due_at"))
    later = steps.filter(due_at__gt=now).values("due_at")[: MOST + 1].count()
    _note("steps_due", found["number"], capped)
    _note("steps_waiting", later, capped)
    return {
        "due": min(found["number"], MOST),
        "oldest_due_seconds": (now - found["first"]).total_seconds() if found["first"] else 0.0,
        "waiting": min(later, MOST),
    }


def _leased(now: datetime, using: str, capped: set[str]) -> dict[str, Any]:
    leased = StepRun.objects.using(using).filter(lease_until__isnull=False).order_by("lease_until")
    until = list(leased.values_list("lease_until", flat=True)[: MOST + 1])
    _note("steps_leased", len(until), capped)
    lost = sum(moment is not None and moment < now for moment in until[:MOST])
    return {"lost": lost, "running": len(until[:MOST]) - lost}


def _held(using: str, capped: set[str]) -> dict[str, Any]:
    found = list(held_steps(using).order_by("pk").values_list("run_id", "waiting_for")[: MOST + 1])
    _note("steps_held", len(found), capped)
    counted = Counter(waiting_for for _, waiting_for in found[:MOST])
    held = tuple(
        HeldFigure(waiting_for=read_value(WaitingFor, name), number=number)
        for name, number in sorted(counted.items())
    )
    return {"held": held, "runs_held": len({run_id for run_id, _ in found[:MOST]})}


def _attempts(since: datetime, using: str, capped: set[str]) -> tuple[AttemptsFigure, ...]:
    rows = Attempt.objects.using(using)
    took = ExpressionWrapper(F("ended_at") - F("started_at"), output_field=DurationField())
    lately = rows.filter(
        pk__gt=_floor("recent_attempts", rows, "ended_at", since, capped), ended_at__gte=since
    )
    found = (
        lately.order_by()
        .values_list("step__run__workflow", "step__name", "outcome")
        .annotate(number=Count("pk"), mean=Avg(took), longest=Max(took))
    )
    return tuple(
        AttemptsFigure(
            workflow=workflow,
            step=step,
            outcome=read_value(AttemptOutcome, outcome),
            number=number,
            mean=mean.total_seconds(),
            longest=longest.total_seconds(),
        )
        for workflow, step, outcome, number, mean, longest in sorted(found)
    )


def _ended(since: datetime, using: str, capped: set[str]) -> tuple[RunsFigure, ...]:
    rows = AuditEvent.objects.using(using)
    floor = _floor("recent_runs_ended", rows, "created_at", since, capped)
    lately = rows.filter(pk__gt=floor, created_at__gte=since, type__in=list(_ENDS))
    found = lately.order_by().values_list("run__workflow", "type").annotate(number=Count("pk"))
    return tuple(
        RunsFigure(workflow=workflow, status=_ENDS[kind], number=number)
        for workflow, kind, number in sorted(found)
    )


def _floor(name: str, rows: QuerySet[Any], column: str, since: datetime, capped: set[str]) -> int:
    """The newest key that is too old to be looked at; noted where it isn't old enough to be left out."""
    found = rows.order_by("-pk").values_list("pk", column)[NEWEST : NEWEST + 1]
    for pk, moment in found:
        if moment >= since:
            capped.add(name)
        return int(pk)
    return 0


def _triggers(now: datetime) -> tuple[TriggerFigure, ...]:
    return tuple(
        TriggerFigure(
            workflow=trigger.workflow,
            name=trigger.name,
            late_seconds=max(0.0, (now - trigger.next_time).total_seconds()) if trigger.next_time else 0,
            failing=bool(trigger.error),
        )
        for trigger in list_triggers()
        if trigger.enabled and trigger.declared
    )


def _note(name: str, number: int, capped: set[str]) -> None:
    if number > MOST:
        capped.add(name)
