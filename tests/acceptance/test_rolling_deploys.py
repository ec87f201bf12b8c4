"""An old and a new cluster side by side: runs that only the new code can run begin at once.

Each test prints how fast. In CI, and on a machine whose CPUs are busy, the bound is five times as wide.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import psutil
import pytest
from django.db import connection

from squid_mesh import Workflow, api
from squid_mesh.models import Attempt, AuditEvent, Run, StepRun
from squid_mesh.models import Cluster as Row
from squid_mesh.store.clock import database_time
from squid_mesh.store.clusters import add_cluster
from tests.acceptance.processes import QCLUSTER, SUPERVISED, Cluster, until

RELEASE = Path(__file__).with_name("release")
#: Seconds until 99 of 100 runs have started, at most. Other databases are polled, and write slower.
BOUND = 1.0 if connection.vendor == "postgresql" else 5.0
if os.environ.get("CI") or os.getloadavg()[0] > (os.cpu_count() or 1):
    BOUND *= 5
RUNS = 100 if connection.vendor == "postgresql" else 20

StartCluster = Callable[..., Cluster]


@pytest.fixture(scope="module")
def release() -> Iterator[type[Workflow]]:
    """Return the workflow of the new release."""
    sys.path.insert(0, str(RELEASE))
    found: type[Workflow] = importlib.import_module("next_release").Release
    yield found
    sys.path.remove(str(RELEASE))


@pytest.fixture
def start_cluster(
    manage_command: tuple[str, ...], process_environment: dict[str, str], tmp_path: Path
) -> Iterator[StartCluster]:
    """Start a cluster with the old code or the new; wait until it is alive; end it afterwards."""
    started: list[Cluster] = []

    def start(verb: Sequence[str], *, new: bool) -> Cluster:
        path = os.pathsep.join([*([str(RELEASE)] if new else []), os.environ.get("PYTHONPATH", "")])
        environment: Mapping[str, str] = process_environment | {"PYTHONPATH": path.strip(os.pathsep)}
        log = tmp_path / f"{len(started)}.log"
        cluster = Cluster(manage_command, environment, log, verb)
        started.append(cluster)
        shown = "it shows that it is alive"
        until(lambda: Row.objects.filter(pid=cluster.pid).exists(), 30, shown, lambda: cluster.log)
        return cluster

    yield start
    for cluster in started:
        cluster.end()


def completed() -> int:
    return Run.objects.filter(status="completed").count()


def firsts() -> dict[UUID, datetime]:
    """Return when the first step of each run began that has completed."""
    return dict(Attempt.objects.filter(step__name="first").values_list("step__run_id", "started_at"))


def show(line: str) -> None:
    sys.stdout.write(f"\n{line}\n")


def report(what: str, seconds: Sequence[float]) -> float:
    """Print how long the runs took to begin; return the time of 99 of 100."""
    ordered = sorted(seconds)
    p99 = ordered[(len(ordered) * 99 - 1) // 100]
    show(f"{what}: {len(ordered)} runs, median {ordered[len(ordered) // 2]:.3f} s, p99 {p99:.3f} s")
    return p99


def assert_nothing_was_counted() -> None:
    """Every step was executed once: no attempt, no crash and no failure for a cluster without its code."""
    assert Counter(Attempt.objects.values_list("outcome", "number")) == {("completed", 1): 3 * completed()}
    assert not StepRun.objects.exclude(crashes=0, failures=0, attempt_number=1).exists()


def cpu_seconds(cluster: Cluster) -> float:
    """Return the time that the cluster's processes have taken so far."""
    leader = psutil.Process(cluster.pid)
    times = [process.cpu_times() for process in [leader, *leader.children(recursive=True)]]
    return sum(one.user + one.system for one in times)


def test_runs_that_only_the_new_cluster_can_run_begin_at_once_beside_an_old_one(
    start_cluster: StartCluster, release: type[Workflow]
) -> None:
    old, new = start_cluster(SUPERVISED, new=False), start_cluster(SUPERVISED, new=True)
    ids = [api.start_run(release).id for _ in range(RUNS)]
    until(lambda: completed() == RUNS, 60, "all runs complete", lambda: f"{old.log}\n\n{new.log}")

    created = dict(Run.objects.values_list("pk", "created_at"))
    begun = firsts()
    waits = [(begun[run_id] - created[run_id]).total_seconds() for run_id in ids]
    assert report("beside an old cluster", waits) < BOUND
    assert_nothing_was_counted()
    assert not AuditEvent.objects.filter(type="code_missing").exists()
    assert "Traceback" not in old.log


def test_runs_that_were_shown_as_missing_code_begin_when_a_capable_cluster_starts(
    start_cluster: StartCluster, release: type[Workflow]
) -> None:
    old = start_cluster(QCLUSTER, new=False)
    ids = [api.start_run(release).id for _ in range(RUNS)]

    def paused() -> bool:
        return StepRun.objects.filter(status="paused", waiting_for="code").count() == RUNS

    until(paused, 30, "all runs are shown as missing their code", lambda: old.log)
    assert {api.explain_run(run_id).reason for run_id in ids[:3]} == {"code_missing"}

    new = start_cluster(SUPERVISED, new=True)
    until(lambda: completed() == RUNS, 60, "all runs complete", lambda: f"{old.log}\n\n{new.log}")
    started_at = Row.objects.get(pid=new.pid).started_at
    waits = [(at - started_at).total_seconds() for at in firsts().values()]
    assert report("after the start of the new cluster", waits) < BOUND
    assert_nothing_was_counted()
    assert Counter(
        AuditEvent.objects.filter(type="code_missing").values_list("run_id", flat=True)
    ) == dict.fromkeys(ids, 1)


def test_a_cluster_does_not_spin_while_steps_are_due_that_it_leaves_to_others(
    start_cluster: StartCluster, release: type[Workflow]
) -> None:
    other = add_cluster(
        name="busy", host="elsewhere", pid=1, workers=1, version="", supervised=True, using="default"
    )
    later = database_time("default") + timedelta(minutes=10)
    Row.objects.filter(pk=other).update(seen_at=later)  # it stays alive, however long this test takes
    old = start_cluster(SUPERVISED, new=False)
    for _ in range(RUNS):
        api.start_run(release)
    until(lambda: "is left to other clusters" in old.log, 30, "it leaves the steps", lambda: old.log)
    until(lambda: not StepRun.objects.exclude(status="ready").exists(), 10, "it gives all back")

    tokens = set(StepRun.objects.values_list("pk", "worker", "started_at"))
    before, began = cpu_seconds(old), time.monotonic()
    until(lambda: time.monotonic() - began > 3, 10, "three seconds pass")
    share = (cpu_seconds(old) - before) / (time.monotonic() - began)
    show(f"an old cluster with {RUNS} due steps that it leaves to others: {share:.1%} of a CPU")
    assert share < 0.5
    assert set(StepRun.objects.values_list("pk", "worker", "started_at")) == tokens
    # Each of its two workers may find it out, and two that write it at the same time may lose it once.
    assert old.log.count("is left to other clusters") <= 4


def test_clusters_that_all_lack_the_code_show_it_as_missing(
    start_cluster: StartCluster, release: type[Workflow]
) -> None:
    clusters = [start_cluster(verb, new=False) for verb in (SUPERVISED, QCLUSTER)]
    ids = [api.start_run(release).id for _ in range(RUNS)]

    def paused() -> bool:
        return StepRun.objects.filter(status="paused", waiting_for="code").count() == RUNS

    # The last ones are left to the other cluster until a heartbeat says that it lacks the code, too.
    until(
        paused, 60, "all runs are shown as missing their code", lambda: "\n\n".join(c.log for c in clusters)
    )
    assert not Attempt.objects.exists()
    assert not StepRun.objects.exclude(crashes=0, failures=0, attempt_number=0).exists()
    assert AuditEvent.objects.filter(type="code_missing").count() == RUNS == len(ids)
