"""Rows of clusters. Each is written by its own cluster alone."""

from __future__ import annotations

from squid_mesh.models import Cluster
from squid_mesh.store.clock import DatabaseNow, now_plus


def add_cluster(*, name: str, host: str, pid: int, workers: int, version: str, using: str) -> int:
    """Add a cluster that has just started; return the id of its row."""
    (row,) = Cluster.objects.using(using).bulk_create(
        [
            Cluster(
                name=name,
                host=host,
                pid=pid,
                workers=workers,
                version=version,
                started_at=DatabaseNow(),
                seen_at=DatabaseNow(),
            )
        ]
    )
    return row.pk


def renew_cluster(cluster_id: int, using: str) -> bool:
    """Record that the cluster is alive now; return False if its row was deleted."""
    return Cluster.objects.using(using).filter(pk=cluster_id).update(seen_at=DatabaseNow()) == 1


def delete_cluster(cluster_id: int, using: str) -> None:
    """Delete the row of a cluster that has stopped."""
    Cluster.objects.using(using).filter(pk=cluster_id)._raw_delete(using)


def delete_dead_clusters(seconds: float, using: str) -> int:
    """Delete the rows of clusters silent for that many seconds; return how many."""
    return Cluster.objects.using(using).filter(seen_at__lt=now_plus(-seconds))._raw_delete(using)
