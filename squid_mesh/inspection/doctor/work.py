"""Work that is stuck: long due, held by lost workers, stopped by the crash cap, or deferred too fast."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from squid_mesh.inspection.doctor.finding import Finding, Site, error, warning
from squid_mesh.lifecycle import FINISHED_RUN, RunStatus, StepStatus, Unrecognized, WaitingFor, read_value
from squid_mesh.models import Run, StepRun
from squid_mesh.store.clock import database_time, now_plus

#: A running cluster executes due steps at once, unless all its workers are busy.
_LATE: Final = 60.0
#: A running cluster recovers the steps of lost workers within seconds.
_LOST: Final = 10.0
#: A step that polls may defer itself for months, but not without a pause.
_MANY_DEFERRALS: Final = 50
_FAST: Final = timedelta(seconds=1)
_SHOWN: Final = 5


def check_due(site: Site) -> Iterator[Finding]:
    """Find steps that have been due for a long time."""
    late = StepRun.objects.using(site.using).filter(due_at__lt=now_plus(-_LATE)).order_by("due_at")
    if found := _summarise(late):
        oldest = late.values_list("due_at", flat=True).first()
        yield error(
            "work_overdue",
            f"Steps due for more than {_LATE:.0f} s: {found}{_oldest(oldest, site)}.",
            "Start a worker cluster, or give yours more workers.",
            **found.details,
        )


def check_leases(site: Site) -> Iterator[Finding]:
    """Find steps of lost workers that no cluster has recovered."""
    lost = StepRun.objects.using(site.using).filter(lease_until__lt=now_plus(-_LOST)).order_by("lease_until")
    if found := _summarise(lost):
        yield error(
            "leases_expired",
            f"Steps of lost workers that were not recovered: {found}.",
            "Start a worker cluster, which recovers them, or run manage.py squid_mesh sweep.",
            **found.details,
        )


def check_crash_cap(site: Site) -> Iterator[Finding]:
    """Find steps that are paused because they lost too many workers."""
    waiting_for = WaitingFor.CRASH_CAP.value
    stopped = _of_unfinished_runs(site).filter(status=StepStatus.PAUSED.value, waiting_for=waiting_for)
    if found := _summarise(stopped):
        yield warning(
            "crash_cap_reached",
            f"Steps paused after losing several workers: {found}.",
            "Find out why the workers die, then retry, skip or resolve the step.",
            **found.details,
        )


def check_unknown(site: Site) -> Iterator[Finding]:
    """Find steps that may have finished before their worker was lost."""
    if found := _summarise(_of_unfinished_runs(site).filter(status=StepStatus.UNKNOWN.value)):
        yield warning(
            "outcome_unknown",
            f"Steps with an unknown outcome, because their worker was lost: {found}.",
            "Check the other system: resolve the step if it finished, otherwise retry or skip it.",
            **found.details,
        )


def check_deferring(site: Site) -> Iterator[Finding]:
    """Find steps that defer themselves many times with hardly any delay."""
    waiting = _of_unfinished_runs(site).filter(waiting_for=WaitingFor.DEFER.value)
    many = waiting.filter(deferrals__gte=_MANY_DEFERRALS).values_list("run_id", "created_at", "deferrals")
    now = database_time(site.using)
    fast = [run_id for run_id, created, count in many if now - created < count * _FAST]
    if fast:
        found = _Steps(len(fast), _first_runs(fast))
        yield warning(
            "deferred_too_fast",
            f"Steps that defer themselves more than once a second: {found}.",
            "Let them wait longer: raise Defer(minutes=…). Each time, a worker runs the step's code.",
            **found.details,
        )


def check_unknown_statuses(site: Site) -> Iterator[Finding]:
    """Find runs that a newer version has moved to a status which this version doesn't know."""
    runs = Run.objects.using(site.using).order_by("status")
    last = ""
    # One short search of the index for each status in use.
    while (status := runs.filter(status__gt=last).values_list("status", flat=True).first()) is not None:
        last = status
        if isinstance(read_value(RunStatus, status), Unrecognized):
            yield warning(
                "unknown_status",
                f"Status {status!r} of some runs is not known to this version; a newer version wrote it.",
                "Upgrade this process to the version of the worker clusters.",
                status=status,
            )


@dataclass(frozen=True, slots=True)
class _Steps:
    steps: int
    runs: list[str]

    def __str__(self) -> str:
        return f"{self.steps} (run {self.runs[0]}{' and others' if self.runs[1:] else ''})"

    @property
    def details(self) -> dict[str, Any]:
        return {"steps": self.steps, "runs": self.runs}


def _summarise(steps: QuerySet[StepRun]) -> _Steps | None:
    """Return the number of steps and the first few of their runs; None if there are no steps."""
    runs = list(steps.values_list("run_id", flat=True)[: _SHOWN * 10])
    if not runs:
        return None
    return _Steps(max(len(runs), steps.count()), _first_runs(runs))


def _first_runs(run_ids: Iterable[UUID]) -> list[str]:
    return [str(run_id) for run_id in dict.fromkeys(run_ids)][:_SHOWN]


def _of_unfinished_runs(site: Site) -> QuerySet[StepRun]:
    finished = [status.value for status in FINISHED_RUN]
    steps = StepRun.objects.using(site.using).filter(current=True)
    return steps.exclude(run__status__in=finished).order_by("id")


def _oldest(moment: datetime | None, site: Site) -> str:
    if moment is None:  # a worker has taken it meanwhile
        return ""
    elapsed = timedelta(seconds=round((database_time(site.using) - moment).total_seconds()))
    return f", the oldest for {elapsed}"
