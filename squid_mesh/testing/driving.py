"""Due work, executed in the calling process, and the time, moved from each due moment to the next."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Min

from squid_mesh import api, conf
from squid_mesh.definitions import registry
from squid_mesh.definitions.declare.outcomes import MAX_DELAY
from squid_mesh.definitions.declare.workflow import Workflow
from squid_mesh.engine.clock.due_triggers import fire_due_triggers
from squid_mesh.engine.recovery import recover_lost_steps
from squid_mesh.engine.run_memory import RunMemory
from squid_mesh.engine.worker.invoke import Invocation
from squid_mesh.engine.worker.slice import work_for
from squid_mesh.exceptions import InvalidArgument
from squid_mesh.inspection.snapshots.runs import RunSnapshot
from squid_mesh.models import StepRun, Trigger
from squid_mesh.store.claims import find_expired_leases
from squid_mesh.store.clock import database_time
from squid_mesh.store.values import Claim
from squid_mesh.testing.clock import CLOCK
from squid_mesh.testing.errors import StillBusy
from squid_mesh.testing.interception import Invoke, intercepting

#: Seconds of real time after which a test fails if there is still work.
_LIMIT: Final = 60.0


class WorkerDied(BaseException):
    """The worker that executes a step dies here. Its claim stays until the lease expires."""


class Work:
    """Executes due work until there is none, and records the runs that it has touched."""

    def __init__(self, workflows: Collection[str]) -> None:
        """Start the limit of real time. ``workflows`` are those whose cron triggers fire."""
        self.using = conf.database()
        self._workflows = sorted(workflows)
        self._until = time.monotonic() + _LIMIT
        self._touched: dict[UUID, None] = {}

    def execute_due(self) -> datetime:
        """Execute everything that is due; return a time of the database: nothing was due before it."""
        while True:
            began = database_time(self.using)
            done = [self._fire_triggers(), self._recover(), self._execute_steps()]
            if not any(done):
                return began

    def _fire_triggers(self) -> bool:
        return bool(self._workflows) and fire_due_triggers(_same, self._workflows) == timedelta(0)

    def _recover(self) -> bool:
        lost = find_expired_leases(self.using)
        self._touched |= dict.fromkeys(lease.run_id for lease in lost)
        return bool(lost) and recover_lost_steps() > 0

    def _execute_steps(self) -> bool:
        with intercepting(self._note_run):
            try:
                done = work_for(max(0.0, self._until - time.monotonic()))
            except WorkerDied:
                return True
        if done.time_is_up:
            raise StillBusy(_LIMIT, self._list_open())
        return done.executed > 0

    def _note_run(self, claim: Claim, memory: RunMemory, invoke: Invoke) -> Invocation:
        self._touched[claim.run_id] = None
        return invoke(claim, memory)

    def _list_open(self) -> list[tuple[UUID, str, str]]:
        rows = StepRun.objects.using(self.using).filter(due_at__isnull=False).order_by("due_at")
        return list(rows.values_list("run_id", "run__workflow", "name")[:20])

    def find_next(self, since: datetime, run_id: UUID | None = None) -> datetime | None:
        """Return when something is due next, after that time; with a run, only steps of that run count."""
        steps = StepRun.objects.using(self.using)
        if run_id is not None:
            steps = steps.filter(run_id=run_id)
        found = [
            steps.filter(due_at__gt=since).aggregate(at=Min("due_at"))["at"],
            steps.filter(lease_until__gte=since).aggregate(at=Min("lease_until"))["at"],
        ]
        if self._workflows:
            triggers = Trigger.objects.using(self.using).filter(
                workflow__in=self._workflows, due_at__gt=since
            )
            found.append(triggers.aggregate(at=Min("due_at"))["at"])
        return min((moment for moment in found if moment is not None), default=None)

    def read_touched(self) -> dict[UUID, RunSnapshot]:
        """Return the runs that were touched, as they are now, in the order of the first touch."""
        return {run_id: api.inspect_run(run_id, history=True) for run_id in self._touched}


def _same(moment: datetime) -> datetime:
    return moment


def drain() -> dict[UUID, RunSnapshot]:
    """Execute every due step of every run in this process; return the runs that it touched, by ID.

    Steps that wait for a time, a retry or a person stay as they are. Steps of lost workers are recovered.

    Raises:
        StillBusy: steps were still due after a minute of real time.
    """
    work = Work(())
    work.execute_due()
    return work.read_touched()


def advance(
    *,
    weeks: float = 0,
    days: float = 0,
    hours: float = 0,
    minutes: float = 0,
    seconds: float = 0,
    cron: Iterable[type[Workflow]] | None = None,
) -> dict[UUID, RunSnapshot]:
    """Move the time forward and execute everything when it comes due; return the touched runs, by ID.

    Waits, retries, deadlines, leases and cron triggers come due in their order, as in a cluster that ran all
    that time. Nothing sleeps. ``cron`` has the workflows whose cron triggers fire; by default all.

    Raises:
        InvalidArgument: the time isn't above 0, or is more than a century.
        VirtualTimeClosed: it is called outside of :func:`virtual_time`.
        StillBusy: after a minute of real time there was still work.
    """
    span = _read_span(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    CLOCK.check_open()
    work = Work(_list_with_cron(cron))
    until = database_time(work.using) + span
    moment = work.find_next(work.execute_due())
    while moment is not None and moment <= until:
        CLOCK.move_to(moment)
        moment = work.find_next(work.execute_due())
    CLOCK.move_to(until)
    work.execute_due()
    return work.read_touched()


def _read_span(**units: float) -> timedelta:
    """Return how far to move the time. Raises InvalidArgument."""
    try:
        span = timedelta(**units)
    except (ValueError, OverflowError):  # NaN, or more than timedelta holds
        span = timedelta.max
    if not timedelta(0) < span <= timedelta(seconds=MAX_DELAY):
        problem = "The time to advance by must be above 0, and at most a century."
        raise InvalidArgument(problem, argument="seconds")
    return span


def _list_with_cron(workflows: Iterable[type[Workflow]] | None) -> list[str]:
    """Create missing rows of the workflows' cron triggers, and return the names of those that have any."""
    chosen = registry.list_workflows() if workflows is None else tuple(workflows)
    names = [one.workflow_name for one in chosen if any(t.kind == "cron" for t in one.blueprint.triggers)]
    if names:
        api.refresh_triggers()
    return names
