"""A cluster renews its row while it runs, and counts as dead when it no longer does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from squid_mesh import api
from squid_mesh.dispatch import cluster_heartbeat
from squid_mesh.dispatch.cluster_heartbeat import ClusterHeartbeat
from squid_mesh.models import Cluster
from squid_mesh.store.clock import database_time
from squid_mesh.store.clusters import ALIVE_SECONDS


def age(seconds: float) -> None:
    """Let the last renewal of all clusters be that long ago."""
    Cluster.objects.update(seen_at=database_time("default") - timedelta(seconds=seconds))


def test_a_cluster_is_listed_with_its_leader_and_is_alive() -> None:
    ClusterHeartbeat(4711).beat()
    (cluster,) = api.list_clusters()
    assert (cluster.name, cluster.pid, cluster.workers, cluster.alive) == ("tests", 4711, 2, True)
    assert cluster.host
    assert cluster.started_at == cluster.seen_at
    assert abs(cluster.seen_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_cluster_that_is_silent_for_half_a_minute_counts_as_dead() -> None:
    ClusterHeartbeat(1).beat()
    age(ALIVE_SECONDS - 5)
    assert [cluster.alive for cluster in api.list_clusters()] == [True]
    age(ALIVE_SECONDS + 1)
    assert [cluster.alive for cluster in api.list_clusters()] == [False]


def test_a_beat_that_is_not_due_sends_no_query(django_assert_num_queries) -> None:
    one = ClusterHeartbeat(1)
    one.beat()
    with django_assert_num_queries(0):
        one.beat()
    one._next = 0.0
    age(20)
    with django_assert_num_queries(1):
        one.beat()
    assert database_time("default") - Cluster.objects.get().seen_at < timedelta(seconds=5)


def test_a_cluster_whose_row_was_deleted_adds_it_again() -> None:
    one = ClusterHeartbeat(1)
    one.beat()
    Cluster.objects.all().delete()
    one._next = 0.0
    one.beat()
    assert len(api.list_clusters()) == 1


def test_a_cluster_that_ended_is_not_listed_again() -> None:
    one = ClusterHeartbeat(1)
    one.beat()
    one.end()
    assert api.list_clusters() == ()
    one._next = 0.0
    one.beat()
    assert api.list_clusters() == ()


def test_a_starting_cluster_deletes_the_rows_of_long_dead_ones_only() -> None:
    ClusterHeartbeat(1).beat()
    age(cluster_heartbeat._KEPT_SECONDS + 60)
    ClusterHeartbeat(2).beat()
    assert [cluster.pid for cluster in api.list_clusters()] == [2]
    age(cluster_heartbeat._KEPT_SECONDS - 60)
    ClusterHeartbeat(3).beat()
    assert [cluster.pid for cluster in api.list_clusters()] == [3, 2]
