"""Worker clusters, and which of them are running, by the database's clock."""

from __future__ import annotations

from django.db.models import ExpressionWrapper

from squid_mesh import conf
from squid_mesh.inspection.snapshots.runs import ClusterSnapshot
from squid_mesh.models import Cluster
from squid_mesh.models.utc_times import UtcDateTimeField
from squid_mesh.store.clock import DatabaseNow
from squid_mesh.store.clusters import ALIVE_SECONDS, parse_missing


def list_clusters() -> tuple[ClusterSnapshot, ...]:
    """Return every cluster in the database, the one seen last first. One query."""
    now = ExpressionWrapper(DatabaseNow(), output_field=UtcDateTimeField())
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
            supervised=row.supervised,
            unstarted_since=row.unstarted_since,
            unhandled_since=row.unhandled_since,
            missing=tuple(parse_missing(row.missing)),
            alive=(row.now - row.seen_at).total_seconds() <= ALIVE_SECONDS,
        )
        for row in rows
    )
