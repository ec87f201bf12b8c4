"""Rows of clusters. Each is written by its own cluster alone."""

from __future__ import annotations

from squid_mesh.models import Cluster
from squid_mesh.store.clock import DatabaseNow, now_plus


def add_cluster(
    *, name: str, host: str, pid: int, workers: int, version: str, supervised: bool, using: str
) -> int:
    """Add a cluster that has just started; return the id of its row."""
    (row,) = Cluster.objects.using(using).bulk_create(
        [
            Cluster(
                name=name,
                host=host,
                pid=pid,
                workers=workers,
                version=version,
                supervised=supervised,
                started_at=DatabaseNow(),
                seen_at=DatabaseNow(),
            )
        ]
    )
    return row.pk


def renew_cluster(
    cluster_id: int, using: str, *, unstarted: float | None = None, unhandled: float | None = None
) -> bool:
    """Record that the cluster is alive now; return False if its row was deleted.

    ``unstarted``: for how many seconds no worker has started anything although there is work. ``unhandled``:
    for how many the monitor has handled no result although there is one.
    """
    return (
        Cluster.objects.using(using)
        .filter(pk=cluster_id)
        .update(
            seen_at=DatabaseNow(),
            unstarted_since=None if unstarted is None else now_plus(-unstarted),
            unhandled_since=None if unhandled is None else now_plus(-unhandled),
        )
        == 1
    )


def delete_predecessors(host: str, pid: int, using: str) -> None:
    """Delete the rows of the earlier trees of this supervisor, whose process ended without doing so."""
    Cluster.objects.using(using).filter(host=host, pid=pid, supervised=True)._raw_delete(using)


def delete_cluster(cluster_id: int, using: str) -> None:
    """Delete the row of a cluster that has stopped."""
    Cluster.objects.using(using).filter(pk=cluster_id)._raw_delete(using)


def delete_dead_clusters(seconds: float, using: str) -> int:
    """Delete the rows of clusters silent for that many seconds; return how many."""
    return Cluster.objects.using(using).filter(seen_at__lt=now_plus(-seconds))._raw_delete(using)
