"""Worker clusters: whether one is running, and whether all have the same version."""

from __future__ import annotations

from collections.abc import Iterator

from squid_mesh.inspection.clusters import list_clusters
from squid_mesh.inspection.doctor.finding import Finding, Site, error, warning


def check_alive(site: Site) -> Iterator[Finding]:
    """Find that no worker cluster is running."""
    known = list_clusters()
    if any(cluster.alive for cluster in known):
        return
    problem = "No worker cluster is running, so no step is executed and no trigger fires."
    if known:
        last = known[0]
        problem += f" The last one was {last.name} on {last.host}, at {last.seen_at:%Y-%m-%d %H:%M} UTC."
    yield error(
        "no_cluster",
        problem,
        "Start one that uses our broker: manage.py qcluster.",
        last_seen_at=known[0].seen_at.isoformat() if known else None,
    )


def check_versions(site: Site) -> Iterator[Finding]:
    """Find that the running clusters have different versions."""
    versions = sorted({cluster.version for cluster in list_clusters() if cluster.alive})
    if len(versions) > 1:
        yield warning(
            "cluster_versions",
            f"Worker clusters run different versions of Squid Mesh: {', '.join(versions)}.",
            "Finish the deployment, or restart the clusters with the old version.",
            versions=versions,
        )
