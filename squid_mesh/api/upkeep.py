"""Maintenance: find problems, recover steps of dead workers, prune old runs."""

from __future__ import annotations

from datetime import UTC, datetime

from asgiref.sync import sync_to_async

from squid_mesh.engine.prune import count_prunable, prune_runs
from squid_mesh.engine.recovery.by_hand import execute_due, recover_steps
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
    return examine(lambda: datetime.now(UTC))


acount_prunable = sync_to_async(count_prunable)
adiagnose = sync_to_async(diagnose)
aexecute_due = sync_to_async(execute_due)
aprune_runs = sync_to_async(prune_runs)
arecover_steps = sync_to_async(recover_steps)
