"""What a situation is, and what several of them are built from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User

from squid_mesh.dispatch.cluster_heartbeat import ClusterHeartbeat
from squid_mesh.engine.recovery import recover_lost_steps
from squid_mesh.engine.settle.results import Failure
from squid_mesh.inspection.explain.explanation import Reason
from squid_mesh.models import Cluster, StepRun
from squid_mesh.store.clock import database_time
from squid_mesh.store.clusters import show_missing
from squid_mesh.store.values import MissingCode

Plan = dict[str, Any]
BUSY = Failure({"type": "Busy", "message": "out of ink"}, retryable=False)


@dataclass(frozen=True, kw_only=True)
class Situation:
    """``build`` creates it. ``reason`` is the run's, about ``step``; ``details`` are some of its details;
    ``open`` are reasons of open steps. ``offers`` are all possible actions, as ``action`` or ``action step``.
    ``outputs`` are what a step may be resolved with, ``answers`` those of an approval's form.
    """

    build: Callable[[Plan], UUID]
    reason: Reason
    status: str
    offers: frozenset[str]
    step: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    open: dict[str, Reason] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    answers: Any = None
    alive: bool = True


SITUATIONS: dict[str, Situation] = {}


def situation(reason: Reason, status: str, offers: str, **more: Any) -> Callable[[Any], Any]:
    """Register the decorated function as the builder of a situation."""

    def keep(build: Callable[[Plan], UUID]) -> Callable[[Plan], UUID]:
        wanted = frozenset(part.strip() for part in offers.split(",") if part.strip())
        SITUATIONS[build.__name__] = Situation(
            build=build, reason=reason, status=status, offers=wanted, **more
        )
        return build

    return keep


def build_situation(name: str, plan: Plan) -> UUID:
    """Return its run; the plan is empty afterwards, so that the next steps succeed."""
    plan.clear()
    if SITUATIONS[name].alive:
        ClusterHeartbeat(1).beat()
    run_id = SITUATIONS[name].build(plan)
    plan.clear()
    return run_id


def let_clusters_miss(*paths: str) -> None:
    """Let the rows of all clusters say that they don't have the code at those paths."""
    code = [MissingCode(definition="0" * 64, step=f"step{n}", path=path) for n, path in enumerate(paths)]
    for pk in Cluster.objects.values_list("pk", flat=True):
        show_missing(pk, code, "default")


def user(name: str) -> User:
    return User.objects.get_or_create(username=name)[0]


def starter() -> User:
    """Return the user who starts the runs that their starter may not decide."""
    return user("starter")


def long_ago(run_id: UUID, column: str = "lease_until") -> None:
    """Set the column of the run's running steps to a time long ago."""
    held = StepRun.objects.filter(run_id=run_id, lease_until__isnull=False)
    held.update(**{column: datetime(2020, 1, 1, tzinfo=UTC)})


def lost(run_id: UUID) -> None:
    """Lose the worker that holds a step of the run, and recover the step."""
    long_ago(run_id)
    recover_lost_steps()


def long_due(run_id: UUID) -> None:
    later = StepRun.objects.filter(run_id=run_id, due_at__isnull=False)
    later.update(due_at=database_time("default") - timedelta(minutes=5))
