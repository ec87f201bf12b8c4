"""Work that doesn't get on: due for long, held by the lost, parked, or put off again and again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import QuerySet

from squid_mesh.inspection.doctor.finding import Finding, Site, error, warning
from squid_mesh.lifecycle import FINISHED_RUN, StepStatus, WaitingFor
from squid_mesh.models import StepRun
from squid_mesh.store.clock import database_time, now_plus

#: A living cluster takes up what is due at once, unless all its workers are busy.
_LATE: Final = 60.0
#: A living cluster takes back what the lost held within some seconds.
_LOST: Final = 10.0
_MANY_DEFERRALS: Final = 50
_SHOWN: Final = 5


def check_due(site: Site) -> Iterator[Finding]:
    """Steps that have been due for long."""
    late = StepRun.objects.using(site.using).filter(due_at__lt=now_plus(-_LATE)).order_by("due_at")
    if found := _look(late):
        oldest = late.values_list("due_at", flat=True).first()
        yield error(
            "work_overdue",
            f"{found} due for more than {_LATE:.0f} s{_since(oldest, site)}.",
            "Start a cluster, or give yours more workers.",
            **found.details,
        )


def check_leases(site: Site) -> Iterator[Finding]:
    """Steps of lost workers that nobody takes back."""
    lost = StepRun.objects.using(site.using).filter(lease_until__lt=now_plus(-_LOST)).order_by("lease_until")
    if found := _look(lost):
        yield error(
            "leases_over",
            f"{found} held by workers that are lost.",
            "Start a cluster, which takes them back, or run manage.py squid_mesh sweep.",
            **found.details,
        )


def check_parked(site: Site) -> Iterator[Finding]:
    """Steps that have lost too many workers."""
    waiting_for = WaitingFor.CRASH_CAP.value
    parked = _of_live_runs(site).filter(status=StepStatus.PAUSED.value, waiting_for=waiting_for)
    if found := _look(parked):
        yield warning(
            "steps_parked",
            f"{found} parked: workers were lost over and over.",
            "Find out what kills the worker, then retry, skip or resolve the step.",
            **found.details,
        )


def check_unknown(site: Site) -> Iterator[Finding]:
    """Steps of which nobody knows whether they happened."""
    if found := _look(_of_live_runs(site).filter(status=StepStatus.UNKNOWN.value)):
        yield warning(
            "outcome_unknown",
            f"{found} lost with a worker, so nobody knows what happened.",
            "Look whether it did happen: then resolve the step; else retry or skip it.",
            **found.details,
        )


def check_deferring(site: Site) -> Iterator[Finding]:
    """Steps that put themselves off again and again."""
    waiting_for = WaitingFor.DEFER.value
    if found := _look(_of_live_runs(site).filter(waiting_for=waiting_for, deferrals__gte=_MANY_DEFERRALS)):
        yield warning(
            "deferred_often",
            f"{found} deferred {_MANY_DEFERRALS} times or more.",
            "Look at what the step waits for; skip or resolve it if that never comes.",
            **found.details,
        )


@dataclass(frozen=True, slots=True)
class _Found:
    steps: int
    runs: list[str]

    def __str__(self) -> str:
        many = "A step" if self.steps == 1 else f"{self.steps} steps"
        return f"{many} (run {self.runs[0]}) {'has' if self.steps == 1 else 'have'} been"

    @property
    def details(self) -> dict[str, Any]:
        return {"steps": self.steps, "runs": self.runs}


def _look(steps: QuerySet[StepRun]) -> _Found | None:
    """How many they are, and the first few runs that they are of; None where there are none."""
    runs = list(steps.values_list("run_id", flat=True)[: _SHOWN * 10])
    if not runs:
        return None
    return _Found(max(len(runs), steps.count()), [str(run_id) for run_id in dict.fromkeys(runs)][:_SHOWN])


def _of_live_runs(site: Site) -> QuerySet[StepRun]:
    over = [status.value for status in FINISHED_RUN]
    steps = StepRun.objects.using(site.using).filter(current=True)
    return steps.exclude(run__status__in=over).order_by("id")


def _since(moment: datetime | None, site: Site) -> str:
    if moment is None:  # taken up meanwhile
        return ""
    passed = timedelta(seconds=round((database_time(site.using) - moment).total_seconds()))
    return f", the oldest for {passed}"
