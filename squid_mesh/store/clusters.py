"""The rows of clusters. Each belongs to the one cluster that writes it."""

from __future__ import annotations

from squid_mesh.models import Cluster
from squid_mesh.store.clock import DatabaseNow, now_plus


def add(*, name: str, host: str, pid: int, workers: int, version: str, using: str) -> int:
    """A cluster that has just started; the id of its row."""
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


def see(cluster_id: int, using: str) -> bool:
    """Say that the cluster is alive; False where its row is gone."""
    return Cluster.objects.using(using).filter(pk=cluster_id).update(seen_at=DatabaseNow()) == 1


def remove(cluster_id: int, using: str) -> None:
    """Forget a cluster that has ended."""
    Cluster.objects.using(using).filter(pk=cluster_id).delete()


def prune(seconds: float, using: str) -> int:
    """Forget the clusters that haven't been seen for so long; how many there were."""
    found, _ = Cluster.objects.using(using).filter(seen_at__lt=now_plus(-seconds)).delete()
    return found
