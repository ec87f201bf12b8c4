"""Cron triggers in real clusters that are killed and restarted: each scheduled time once, and on time."""

from __future__ import annotations

import logging
import os
import random
import signal
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from django.db import connection

from squid_mesh.lifecycle import RunStatus
from squid_mesh.models import Run, Trigger
from squid_mesh.store.clock import database_time
from tests.acceptance.fast_time import BEGIN, LEDGER, real
from tests.acceptance.flows import lines
from tests.acceptance.processes import Cluster, until

SECONDS = 45
CLUSTERS = 3
MINUTE = timedelta(minutes=1)
logger = logging.getLogger(__name__)
WORKFLOW = "acceptance.EveryMinute"


class Clusters:
    """Several clusters, any of which can be killed with all its processes."""

    def __init__(self, command: tuple[str, ...], environment: dict[str, str], folder: Path) -> None:
        self._command, self._environment, self._folder = command, environment, folder
        self._all: list[Cluster] = []
        self.up = [self._start() for _ in range(CLUSTERS)]

    def _start(self) -> Cluster:
        log = self._folder / f"clock{len(self._all)}.log"
        self._all.append(Cluster(self._command, self._environment, log))
        return self._all[-1]

    def kill_one(self, chance: random.Random) -> None:
        """Kill one cluster at any moment, and start another, as a supervisor does."""
        victim = chance.randrange(CLUSTERS)
        os.killpg(self.up[victim]._leader.pid, signal.SIGKILL)
        self.up[victim] = self._start()

    def end(self) -> None:
        for cluster in self._all:
            cluster.end()

    @property
    def log(self) -> str:
        return "\n".join(cluster.log[-3000:] for cluster in self.up)


@pytest.fixture
def begin(transactional_db: None) -> datetime:
    return database_time("default")


@pytest.fixture
def environment(process_environment: dict[str, str], tmp_path: Path, begin: datetime) -> dict[str, str]:
    """Return the environment of a cluster with the fast clock."""
    return process_environment | {
        "SQUID_MESH_TEST_BROKER": "tests.acceptance.fast_clock.FastBroker",
        "SQUID_MESH_TEST_LEASE": "2",
        BEGIN: begin.isoformat(),
        LEDGER: str(tmp_path / "ledger"),
    }


@pytest.fixture
def clusters(
    manage_command: tuple[str, ...], environment: dict[str, str], tmp_path: Path
) -> Iterator[Clusters]:
    started = Clusters(manage_command, environment, tmp_path)
    yield started
    started.end()


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
def test_killed_clusters_start_a_run_for_every_scheduled_time_once_and_on_time(
    clusters: Clusters, begin: datetime, tmp_path: Path, seed: int
) -> None:
    # Only these: a step as long as the time between two kills may reach its crash cap.
    ours = Run.objects.filter(workflow=WORKFLOW)
    chance = random.Random(seed)
    until(
        lambda: Trigger.objects.filter(workflow=WORKFLOW).count() == 8,
        30,
        "the triggers have rows",
        lambda: clusters.log,
    )
    deadline = time.monotonic() + SECONDS
    kills = 0
    while time.monotonic() < deadline:
        time.sleep(chance.uniform(1.5, 3.5))  # between kills, not for anything
        clusters.kill_one(chance)
        kills += 1
    time.sleep(2.5)  # what is due by now is to be started by now
    last_real = database_time("default") - timedelta(seconds=2)
    until(
        lambda: not ours.exclude(status=RunStatus.COMPLETED).filter(created_at__lt=last_real).exists(),
        30,
        "the runs have finished",
        lambda: clusters.log,
    )

    times: dict[str, list[datetime]] = defaultdict(list)
    late: list[float] = []
    for run in ours:
        scheduled = datetime.fromisoformat(run.schedule["scheduled_time"]).astimezone(UTC)
        delay = (run.created_at - real(scheduled, begin)).total_seconds()
        assert delay >= 0, f"early by {-delay} s (seed {seed})"
        times[run.trigger].append(scheduled)
        late.append(delay)
    assert set(times) == {row.name for row in Trigger.objects.filter(workflow=WORKFLOW)}
    for name, found in times.items():
        span = int((max(found) - min(found)) / MINUTE) + 1
        assert sorted(found) == [min(found) + MINUTE * n for n in range(span)], f"{name} (seed {seed})"
        assert real(max(found) + MINUTE, begin) > last_real, f"{name} stopped (seed {seed})"
    assert len(late) >= 300
    on_time = sum(delay <= 2 for delay in late) / len(late)
    text = f"{len(late)} scheduled times, {kills} kills, {on_time:.2%} within 2 s, latest {max(late):.2f} s"
    logger.info(text)
    # On an idle machine all are within 2 s; the assertion allows for a busy one.
    in_time = sum(delay <= 5 for delay in late) / len(late)
    assert in_time >= 0.99, f"seed {seed}; the latest {sorted(late)[-5:]}"
    # The clusters still work: what has completed by now is in the ledger, which is read afterwards.
    wanted = {
        f"{run.trigger} {run.schedule['scheduled_time']}" for run in ours.filter(status=RunStatus.COMPLETED)
    }
    assert wanted <= set(lines(tmp_path / "ledger"))


def test_triggers_catch_up_after_an_outage_by_their_policy_and_do_not_overlap(
    manage_command: tuple[str, ...], environment: dict[str, str], tmp_path: Path, begin: datetime
) -> None:
    ours = Run.objects.filter(workflow__in=["acceptance.Policies", "acceptance.LongRuns"])

    def reals(trigger: str) -> list[datetime]:
        runs = ours.filter(trigger=trigger)
        scheduled = [datetime.fromisoformat(run.schedule["scheduled_time"]) for run in runs]
        return sorted(real(at.astimezone(UTC), begin) for at in scheduled)

    def fired_since(moment: datetime) -> bool:
        return all(any(at > moment for at in reals(name)) for name in ("every", "last"))

    cluster = Cluster(manage_command, environment, tmp_path / "before.log")
    try:
        until(lambda: fired_since(begin), 30, "the triggers fire", lambda: cluster.log)
        until(
            lambda: ours.filter(trigger="alone").count() >= 2,
            30,
            "it fires again",
            lambda: cluster.log,
        )
    finally:
        cluster.end()
    down = database_time("default")
    time.sleep(6)  # the outage itself: six scheduled times long
    up = database_time("default")
    cluster = Cluster(manage_command, environment, tmp_path / "after.log")
    try:
        until(lambda: fired_since(up + timedelta(seconds=1)), 30, "the triggers fire", lambda: cluster.log)
    finally:
        cluster.end()

    def missed(trigger: str) -> int:
        first, last = down + timedelta(seconds=0.2), up - timedelta(seconds=1.2)
        return sum(first < at < last for at in reals(trigger))

    assert missed("every") >= 4
    assert missed("last") == missed("prompt") == 0
    every = reals("every")
    assert len(every) == round((every[-1] - every[0]).total_seconds()) + 1
    runs = list(ours.filter(trigger="alone").order_by("created_at"))
    for one, other in pairwise(runs):
        assert one.finished_at is not None
        assert one.finished_at <= other.created_at
