"""The clusters: whether one is alive, and whether they agree on their version."""

from __future__ import annotations

from collections.abc import Iterator

from squid_mesh.inspection.clusters import list_clusters
from squid_mesh.inspection.doctor.finding import Finding, Site, error, warning


def check_alive(site: Site) -> Iterator[Finding]:
    """No cluster shows itself."""
    known = list_clusters()
    if any(cluster.alive for cluster in known):
        return
    told = "No cluster is alive, so no step is executed and no trigger fires."
    if known:
        last = known[0]
        told += f" The last was {last.name} on {last.host}, at {last.seen_at:%Y-%m-%d %H:%M} UTC."
    yield error(
        "no_cluster",
        told,
        "Start one that has our broker: manage.py qcluster.",
        last_seen_at=known[0].seen_at.isoformat() if known else None,
    )


def check_versions(site: Site) -> Iterator[Finding]:
    """Clusters of several versions work on one table."""
    versions = sorted({cluster.version for cluster in list_clusters() if cluster.alive})
    if len(versions) > 1:
        yield warning(
            "cluster_versions",
            f"Clusters of several versions of Squid Mesh are alive: {', '.join(versions)}.",
            "Finish the deploy, or restart the clusters that still run the old version.",
            versions=versions,
        )
