"""Maintenance: find problems, recover steps of dead workers, prune old runs."""

from __future__ import annotations

from datetime import UTC

from asgiref.sync import sync_to_async
from django.utils import timezone

from squid_mesh.api.arguments import check_arguments
from squid_mesh.engine import pruning
from squid_mesh.engine.recovery import recover_lost_steps
from squid_mesh.engine.worker.slice import work_for
from squid_mesh.exceptions import InvalidArgument
from squid_mesh.inspection.doctor.diagnosis import examine
from squid_mesh.inspection.doctor.finding import Finding

__all__ = [
    "acount_prunable",
    "adiagnose",
    "aexecute_due",
    "aprune_runs",
    "arecover_steps",
    "count_prunable",
    "diagnose",
    "execute_due",
    "prune_runs",
    "recover_steps",
]


def diagnose() -> tuple[Finding, ...]:
    """Return the problems of an installation, each with its fix; errors first.

    Nothing is written. An installation that can't work at all is a finding too.
    """
    return examine(lambda: timezone.now().astimezone(UTC))


def recover_steps() -> int:
    """Recover every step of a lost worker, as a cluster does; return how many there were.

    A lost worker's lease has expired, and its attempt is recorded as ``interrupted``. A step whose run
    another transaction has locked is left for the next time.
    """
    recovered = 0
    while found := recover_lost_steps():
        recovered += found
    return recovered


@check_arguments
def execute_due(seconds: float) -> int:
    """Execute due steps in this process, for about that many seconds or until none is due; return how many.

    A step that has started is never cut short. Several threads may call this at once. A step's ``timeout``
    needs the process's main thread; in another one, the process ends ``TIMEOUT_GRACE_SECONDS`` later.

    Raises:
        InvalidArgument: the time isn't above 0.
    """
    if not seconds > 0:
        raise InvalidArgument("The time must be above 0 seconds.", argument="seconds")
    return work_for(seconds).executed


count_prunable = check_arguments(pruning.count_prunable)
prune_runs = check_arguments(pruning.prune_runs)

acount_prunable = sync_to_async(count_prunable)
adiagnose = sync_to_async(diagnose)
aexecute_due = sync_to_async(execute_due)
aprune_runs = sync_to_async(prune_runs)
arecover_steps = sync_to_async(recover_steps)
