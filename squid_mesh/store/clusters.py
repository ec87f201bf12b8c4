"""Rows of clusters. Each is written by its own cluster alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from squid_mesh.models import Cluster
from squid_mesh.store.clock import DatabaseNow, now_plus
from squid_mesh.store.values import MissingCode

#: A cluster that hasn't reported for this many seconds counts as dead. It reports every five.
ALIVE_SECONDS: Final = 30.0


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
    cluster_id: int,
    using: str,
    *,
    missing: Iterable[MissingCode] = (),
    unstarted: float | None = None,
    unhandled: float | None = None,
) -> bool:
    """Record that the cluster is alive now; return False if its row was deleted.

    ``missing``: what it can't run. ``unstarted``: for how many seconds no worker has started anything
    although there is work. ``unhandled``: for how many the monitor has handled no result although there is
    one.
    """
    return (
        Cluster.objects.using(using)
        .filter(pk=cluster_id)
        .update(
            seen_at=DatabaseNow(),
            missing=_format(missing),
            unstarted_since=None if unstarted is None else now_plus(-unstarted),
            unhandled_since=None if unhandled is None else now_plus(-unhandled),
        )
        == 1
    )


def show_missing(cluster_id: int, missing: Iterable[MissingCode], using: str) -> None:
    """Show the other clusters what this one can't run."""
    Cluster.objects.using(using).filter(pk=cluster_id).update(missing=_format(missing))


def read_missing_of_others(cluster_id: int | None, using: str) -> list[list[MissingCode]]:
    """Return what each of the other clusters can't run, of those that are alive and start steps."""
    working = Cluster.objects.using(using).filter(
        seen_at__gte=now_plus(-ALIVE_SECONDS), unstarted_since__isnull=True
    )
    return [
        parse_missing(stored) for stored in working.exclude(pk=cluster_id).values_list("missing", flat=True)
    ]


def parse_missing(stored: Sequence[str] | None) -> list[MissingCode]:
    """Return what a cluster's row says that it can't run."""
    parts = [text.split(" ", 2) for text in stored or ()]
    return [
        MissingCode(definition=definition, step=rest[0] if rest else "", path="".join(rest[1:]))
        for definition, *rest in parts
    ]


def _format(missing: Iterable[MissingCode]) -> list[str] | None:
    found = [f"{one.definition} {one.step} {one.path}".rstrip() for one in missing]
    return sorted(found) or None


def delete_predecessors(host: str, pid: int, using: str) -> None:
    """Delete the rows of the earlier trees of this supervisor, whose process ended without doing so."""
    Cluster.objects.using(using).filter(host=host, pid=pid, supervised=True)._raw_delete(using)


def delete_cluster(cluster_id: int, using: str) -> None:
    """Delete the row of a cluster that has stopped."""
    Cluster.objects.using(using).filter(pk=cluster_id)._raw_delete(using)


def delete_dead_clusters(seconds: float, using: str) -> int:
    """Delete the rows of clusters silent for that many seconds; return how many."""
    return Cluster.objects.using(using).filter(seen_at__lt=now_plus(-seconds))._raw_delete(using)
