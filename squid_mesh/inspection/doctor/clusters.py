"""Worker clusters: whether one is running, and whether all have the same version."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any, Final

from squid_mesh.inspection.clusters import list_clusters
from squid_mesh.inspection.doctor.finding import Finding, Site, error, warning
from squid_mesh.inspection.snapshots.runs import ClusterSnapshot
from squid_mesh.processes.listing import find_orphans

#: What the command line of each process of a cluster contains.
_VERBS: Final = (("qcluster",), ("squid_mesh", "worker"))
_SHOWN: Final = 5


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
        "Start one: manage.py squid_mesh worker.",
        last_seen_at=known[0].seen_at.isoformat() if known else None,
    )


def check_stalled(site: Site) -> Iterator[Finding]:
    """Find clusters that are alive but start no steps: django-q2's own can freeze when a worker is killed."""
    for cluster in list_clusters():
        if cluster.alive and cluster.unstarted_since is not None:
            yield error(
                "cluster_stalled",
                f"Cluster {cluster.describe()} is running, but its workers have started nothing since"
                f" {cluster.unstarted_since:%Y-%m-%d %H:%M:%S} UTC.",
                _restart(cluster),
                **_details(cluster),
            )


def check_monitors(site: Site) -> Iterator[Finding]:
    """Find clusters whose monitor handles no results: their stop can take for ever."""
    for cluster in list_clusters():
        since = cluster.unhandled_since
        if cluster.alive and since is not None:
            yield error(
                "monitor_stalled",
                f"Cluster {cluster.describe()} is running, but its monitor has handled no results since"
                f" {since:%Y-%m-%d %H:%M:%S} UTC: results of your tasks are lost, and a stop may never end.",
                _restart(cluster),
                **_details(cluster),
            )


def check_orphans(site: Site) -> Iterator[Finding]:
    """Find processes on this machine whose cluster has ended. Needs Linux's /proc."""
    host = socket.gethostname()
    leaders = {cluster.pid for cluster in list_clusters() if cluster.alive and cluster.host == host}
    orphans = sorted(found.pid for found in find_orphans(_VERBS) if found.pid not in leaders)
    if orphans:
        pids = " ".join(map(str, orphans))
        yield error(
            "orphans",
            f"Processes of a cluster that has ended still run here, and may execute steps: {pids}.",
            f"Kill them: kill -KILL {pids}. manage.py squid_mesh worker leaves no such processes.",
            host=host,
            pids=orphans,
        )


def _restart(cluster: ClusterSnapshot) -> str:
    if cluster.supervised:
        return "Its supervisor restarts it within a minute; otherwise kill the process and start it again."
    return "Kill all its processes, and start manage.py squid_mesh worker, which can't freeze, instead."


def _details(cluster: ClusterSnapshot) -> dict[str, Any]:
    return cluster.model_dump(
        mode="json", include={"name", "host", "pid", "unstarted_since", "unhandled_since"}
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


def check_code(site: Site) -> Iterator[Finding]:
    """Find running clusters that can't run steps of open runs, because they don't have the code."""
    for cluster in list_clusters():
        if not (cluster.alive and cluster.missing):
            continue
        paths = sorted({one.path for one in cluster.missing if one.path})
        definitions = sorted({one.definition[:8] for one in cluster.missing if not one.step})
        wanted = [*paths[:_SHOWN], *(f"definition {name}" for name in definitions[:_SHOWN])]
        yield warning(
            "cluster_lacks_code",
            f"Cluster {cluster.describe()} leaves steps to other clusters, because it can't run their code:"
            f" {', '.join(wanted)}.",
            "Finish the deployment: restart the clusters with the old code.",
            **cluster.model_dump(mode="json", include={"name", "host", "pid", "missing"}),
        )
