"""Reading across runs: what waits for people, the state of the installation, metrics."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from squid_mesh.api.arguments import check_arguments
from squid_mesh.inspection import clusters, inbox, metrics, readiness
from squid_mesh.inspection import overview as overviews
from squid_mesh.inspection.metrics import Metrics
from squid_mesh.inspection.overview import Overview
from squid_mesh.inspection.readiness import Readiness
from squid_mesh.inspection.snapshots.inbox import WaitingCount, WaitingPage
from squid_mesh.inspection.snapshots.runs import ClusterSnapshot

__all__ = [
    "acount_waiting",
    "alist_clusters",
    "alist_waiting",
    "aread_metrics",
    "aread_overview",
    "aread_readiness",
    "count_waiting",
    "list_clusters",
    "list_waiting",
    "read_metrics",
    "read_overview",
    "read_readiness",
]


@check_arguments
def list_waiting(
    *, user: AbstractBaseUser | AnonymousUser, limit: int = 50, after: str | None = None
) -> WaitingPage:
    """Return the steps that wait for this user, those that wait longest first.

    These are approvals that the user may decide and hasn't yet, pauses that the user may end, and steps that
    the user may retry, skip or resolve because their workers died, their code is missing or their outcome is
    unknown. A page checks at most 1,000 waiting steps. ``after`` is the ``next`` of the previous page.

    Raises:
        InvalidArgument: ``limit`` is out of bounds, or ``after`` has the wrong form.
    """
    return inbox.list_waiting(user=user, limit=limit, after=after)


@check_arguments
def count_waiting(user: AbstractBaseUser | AnonymousUser) -> WaitingCount:
    """Return how many steps wait for this user, at most 50, from a check of at most 100 waiting steps."""
    return inbox.count_waiting(user)


def read_overview() -> Overview:
    """Return the state of the installation. Counts stop at 1,000."""
    return overviews.read_overview()


def read_readiness() -> Readiness:
    """Return whether the database responds and a cluster executes steps, for probes. One query."""
    return readiness.read_readiness()


def read_metrics() -> Metrics:
    """Return the numbers to set alerts on, each with a limit; about twenty cheap queries."""
    return metrics.read_metrics()


def list_clusters() -> tuple[ClusterSnapshot, ...]:
    """Return every cluster that executes workflows, the one seen last first.

    A cluster that was killed is listed for a day.
    """
    return clusters.list_clusters()


acount_waiting = sync_to_async(count_waiting)
alist_clusters = sync_to_async(list_clusters)
alist_waiting = sync_to_async(list_waiting)
aread_metrics = sync_to_async(read_metrics)
aread_overview = sync_to_async(read_overview)
aread_readiness = sync_to_async(read_readiness)
