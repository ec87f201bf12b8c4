"""Clusters as they show themselves: which are alive, by the database's clock."""

from __future__ import annotations

from typing import Final

from django.db.models import DateTimeField, ExpressionWrapper

from squid_mesh import conf
from squid_mesh.inspection.snapshots.runs import ClusterSnapshot
from squid_mesh.models import Cluster
from squid_mesh.store.clock import DatabaseNow

#: A cluster that hasn't shown itself for so many seconds is taken for dead. It does every five.
ALIVE_SECONDS: Final = 30.0


def list_clusters() -> tuple[ClusterSnapshot, ...]:
    """Every cluster that the database knows, the one seen last first. One query."""
    now = ExpressionWrapper(DatabaseNow(), output_field=DateTimeField())
    rows = Cluster.objects.using(conf.database()).annotate(now=now).order_by("-seen_at", "-id")
    return tuple(
        ClusterSnapshot(
            name=row.name,
            host=row.host,
            pid=row.pid,
            workers=row.workers,
            version=row.version,
            started_at=row.started_at,
            seen_at=row.seen_at,
            alive=(row.now - row.seen_at).total_seconds() <= ALIVE_SECONDS,
        )
        for row in rows
    )
