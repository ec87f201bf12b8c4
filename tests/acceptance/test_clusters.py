"""Real clusters on the list of those alive: started, stopped, killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from squid_mesh import api
from squid_mesh.models import Cluster as Row
from squid_mesh.store.clock import database_time
from squid_mesh.store.clusters import ALIVE_SECONDS
from tests.acceptance.processes import QCLUSTER, Cluster, until

Start = Callable[[], Cluster]


@pytest.fixture
def start(
    manage_command: tuple[str, ...],
    process_environment: dict[str, str],
    tmp_path: Path,
    verb: tuple[str, ...],
) -> Iterator[Start]:
    started: list[Cluster] = []

    def begin() -> Cluster:
        log = tmp_path / f"cluster{len(started)}.log"
        started.append(Cluster(manage_command, process_environment, log, verb))
        return started[-1]

    yield begin
    for cluster in started:
        cluster.end()


def shown(count: int, cluster: Cluster) -> list[api.ClusterSnapshot]:
    """Wait for that many clusters, and return them."""
    return until(
        lambda: found if len(found := list(api.list_clusters())) == count else [],
        30,
        f"{count} clusters show themselves",
        lambda: cluster.log,
    )


def test_a_cluster_is_listed_while_it_runs_and_no_longer_once_it_is_stopped(start: Start) -> None:
    cluster = start()
    (seen,) = shown(1, cluster)
    assert (seen.name, seen.pid, seen.workers, seen.alive) == ("tests", cluster._leader.pid, 2, True)
    until(
        lambda: api.list_clusters()[0].seen_at > seen.seen_at,
        20,
        "it shows itself again",
        lambda: cluster.log,
    )
    assert api.list_clusters()[0].started_at == seen.started_at
    assert cluster.stop() == 0
    assert api.list_clusters() == ()


def test_a_killed_cluster_is_listed_as_dead_beside_its_successor_and_forgotten_a_day_later(
    start: Start,
) -> None:
    victim = start()
    shown(1, victim)
    os.killpg(victim._leader.pid, signal.SIGKILL)
    victim._leader.wait(10)
    Row.objects.update(seen_at=database_time("default") - timedelta(seconds=ALIVE_SECONDS + 1))
    successor = start()
    new, old = shown(2, successor)
    assert (new.pid, new.alive) == (successor._leader.pid, True)
    assert (old.pid, old.alive) == (victim._leader.pid, False)
    assert successor.stop() == 0
    Row.objects.update(seen_at=database_time("default") - timedelta(days=2))
    third = start()
    until(
        lambda: [c.pid for c in api.list_clusters()] == [third._leader.pid],
        30,
        "it forgets the dead one",
        lambda: third.log,
    )


@pytest.mark.parametrize("verb", [QCLUSTER], ids=["qcluster"])
def test_a_cluster_whose_sentinel_is_killed_is_not_listed_as_alive(start: Start) -> None:
    cluster = start()
    shown(1, cluster)
    (sentinel,) = psutil.Process(cluster._leader.pid).children()
    sentinel.kill()
    until(lambda: api.list_clusters() == (), 30, "its row goes", lambda: cluster.log)
    assert "sentinel died" in cluster.log
