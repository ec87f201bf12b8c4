"""Runs in real clusters: killed workers, several clusters on one database, a queue that loses messages."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection, transaction
from django_q.models import OrmQ
from django_q.tasks import async_task, result

from squid_mesh.api import inspect_run, start_run
from squid_mesh.lifecycle import FINISHED_RUN, AttemptOutcome, RunStatus, StepStatus
from squid_mesh.models import Attempt, Run, StepRun
from tests.acceptance.flows import Fan, Held, Slow, executions, lines
from tests.acceptance.processes import Cluster, until, until_none

StartCluster = Callable[[], Cluster]
LEASE_SECONDS = 2.0


@pytest.fixture
def start_cluster(
    manage_command: tuple[str, ...],
    process_environment: dict[str, str],
    tmp_path: Path,
    verb: tuple[str, ...],
) -> Iterator[StartCluster]:
    """Start clusters on the test's database; end them afterwards."""
    started: list[Cluster] = []
    environment = process_environment | {
        "SQUID_MESH_TEST_LEASE": str(LEASE_SECONDS),
        "PYTHONUNBUFFERED": "1",
    }

    def start() -> Cluster:
        started.append(Cluster(manage_command, environment, tmp_path / f"cluster{len(started)}.log", verb))
        return started[-1]

    yield start
    for cluster in started:
        cluster.end()


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """Return the file in which steps record that they started."""
    return tmp_path / "ledger"


def count_open(*runs: UUID) -> int:
    return Run.objects.filter(pk__in=runs).exclude(status__in=[s.value for s in FINISHED_RUN]).count()


def finished(*runs: UUID) -> bool:
    return count_open(*runs) == 0


def unfinished() -> list[tuple]:
    """Return the open steps, for the message of a failed test."""
    open_steps = StepRun.objects.exclude(run__status=RunStatus.COMPLETED).exclude(status=StepStatus.COMPLETED)
    return list(
        open_steps.values_list("run_id", "run__status", "name", "status", "worker", "lease_until")[:20]
    )


def attempts() -> list[tuple[UUID, str, int]]:
    """Return the attempts in the ledger's format."""
    return list(Attempt.objects.values_list("step__run_id", "step__name", "number"))


def outcomes() -> Counter[str]:
    return Counter(Attempt.objects.values_list("outcome", flat=True))


def assert_every_step_completed_once(runs: int, steps: int) -> None:
    assert Counter(Run.objects.values_list("status", flat=True)) == {RunStatus.COMPLETED: runs}
    assert Counter(StepRun.objects.values_list("status", flat=True)) == {StepStatus.COMPLETED: runs * steps}
    completed = Attempt.objects.filter(outcome=AttemptOutcome.COMPLETED).values_list("step_id", flat=True)
    assert len(completed) == len(set(completed)) == runs * steps


def test_a_run_completes_through_a_cluster(start_cluster: StartCluster, ledger: Path) -> None:
    before = start_run(Fan, {"ledger": str(ledger)}).id  # waits for the first cluster that comes
    cluster = start_cluster()
    until(lambda: finished(before), 30, "the run has finished", lambda: cluster.log)
    after = start_run(Fan, {"ledger": str(ledger)}).id
    until(lambda: finished(after), 10, "the run has finished", lambda: cluster.log)

    assert_every_step_completed_once(runs=2, steps=7)
    assert sorted(executions(ledger)) == sorted(attempts())
    names = [name for run, name, _ in executions(ledger) if run == after]
    assert names[:3] == ["first", "second", "third"]
    assert names[-1] == "joined"


def test_a_killed_worker_costs_one_attempt_and_nothing_else(
    start_cluster: StartCluster, ledger: Path, tmp_path: Path
) -> None:
    cluster = start_cluster()
    pid_file = tmp_path / "pid"
    run = start_run(Held, {"ledger": str(ledger), "pid_file": str(pid_file)}).id
    until(pid_file.exists, 30, "the step started", lambda: cluster.log)
    # The worker renews its lease, so only the kill ends the step.
    until(lambda: inspect_run(run).step("beside").status is StepStatus.COMPLETED, 10, "its sibling ended")
    claimed = StepRun.objects.get(run_id=run, name="held")
    until(
        lambda: StepRun.objects.filter(pk=claimed.pk, lease_until__gt=claimed.lease_until).exists(),
        10,
        "the lease was renewed",
        lambda: cluster.log,
    )
    assert outcomes() == {AttemptOutcome.COMPLETED: 2}
    victim = int(pid_file.read_text())
    os.kill(victim, signal.SIGKILL)
    until(lambda: finished(run), 30, "the run has finished", lambda: f"{unfinished()}\n{cluster.log}")

    snapshot = inspect_run(run, history=True)
    assert snapshot.status is RunStatus.COMPLETED
    history = {step.name: [(a.number, a.outcome) for a in step.attempts] for step in snapshot.steps}
    assert history == {
        "before": [(1, "completed")],
        "beside": [(1, "completed")],
        "held": [(1, "interrupted"), (2, "completed")],
        "afterwards": [(1, "completed")],
    }
    held = snapshot.step("held")
    assert held.crashes == 1
    assert held.attempts[0].worker.endswith(f":{victim}")
    assert not held.attempts[1].worker.endswith(f":{victim}")
    assert "attempt_interrupted" in [event.type for event in snapshot.events]
    assert sorted(executions(ledger)) == sorted(attempts())


class Tampering(threading.Thread):
    """Duplicates and deletes django-q2's rows until it is stopped."""

    def __init__(self, path: Path, seed: int) -> None:
        super().__init__(daemon=True)
        self._path = str(path)
        self._stopping = threading.Event()
        self._chance = random.Random(seed)
        self.doubled = self.deleted = 0
        self.error: Exception | None = None

    def run(self) -> None:
        """Change the rows every 20 ms."""
        try:
            while not self._stopping.wait(0.02):
                self._once()
        except Exception as error:  # noqa: BLE001 - the test's thread reports it
            self.error = error
        finally:
            connection.close()

    def _once(self) -> None:
        for _ in range(2):
            async_task("tests.acceptance.flows.host_task", self._path, "word")
        for row in OrmQ.objects.all():
            if self._chance.random() < 0.4:
                OrmQ.objects.create(key=row.key, payload=row.payload, lock=row.lock)
                self.doubled += 1
            if self._chance.random() < 0.4:
                self.deleted += OrmQ.objects.filter(pk=row.pk).delete()[0]

    def stop(self) -> None:
        """Stop the thread and delete all rows."""
        self._stopping.set()
        self.join(20)
        OrmQ.objects.all().delete()
        assert self.error is None, repr(self.error)


def test_clusters_share_the_work_although_the_queue_loses_messages(
    start_cluster: StartCluster, ledger: Path, tmp_path: Path, seed: int
) -> None:
    # SQLite has one writer at a time, and MariaDB is slow to start: they show the same with less.
    runs, clusters, deadly = (240, 2, 8) if connection.vendor == "postgresql" else (50, 1, 2)
    every = runs // deadly
    tampering = Tampering(tmp_path / "host", seed)
    started = [start_cluster() for _ in range(clusters)]
    tampering.start()
    try:
        ids = [
            start_run(Fan, {"ledger": str(ledger), "deadly": n % every == every // 2}).id for n in range(runs)
        ]
        until_none(
            lambda: count_open(*ids),
            30,
            "all runs have finished",
            lambda: f"{unfinished()}\n" + "\n".join(cluster.log[-2000:] for cluster in started),
        )
    finally:
        tampering.stop()

    assert tampering.doubled > 10
    assert tampering.deleted > 10
    assert_every_step_completed_once(runs=runs, steps=7)
    assert outcomes()[AttemptOutcome.INTERRUPTED] == deadly
    assert sorted(executions(ledger)) == sorted(attempts())
    workers = set(Attempt.objects.values_list("worker", flat=True))
    assert len(workers) > 2 * clusters, "each cluster's two workers, and those that came for the killed"


def test_the_hosts_own_tasks_run_in_the_same_cluster(
    start_cluster: StartCluster, ledger: Path, tmp_path: Path
) -> None:
    cluster = start_cluster()
    task = async_task("tests.acceptance.flows.host_task", str(tmp_path / "host"), "word")
    starter = async_task("tests.acceptance.flows.host_start", str(ledger))
    assert until(lambda: result(task), 30, "the task is done", lambda: cluster.log) == "WORD"
    assert lines(tmp_path / "host") == ["word"]
    run = UUID(until(lambda: result(starter), 10, "the task is done", lambda: cluster.log))
    until(lambda: finished(run), 10, "the run that it started has finished", lambda: cluster.log)
    assert_every_step_completed_once(runs=1, steps=7)
    until(lambda: not OrmQ.objects.exists(), 10, "no task is left in the queue")


def test_on_sigterm_steps_finish_and_the_next_cluster_continues(
    start_cluster: StartCluster, ledger: Path
) -> None:
    cluster = start_cluster()
    ids = [start_run(Slow, {"ledger": str(ledger), "seconds": 0.4}).id for _ in range(5)]
    until(lambda: len(lines(ledger)) >= 2, 30, "two steps are running", lambda: cluster.log)
    began = time.monotonic()
    assert cluster.stop(15) == 0
    took = time.monotonic() - began

    assert took < 8, cluster.log
    assert not StepRun.objects.filter(status=StepStatus.RUNNING).exists()
    assert set(outcomes()) == {AttemptOutcome.COMPLETED}
    assert not finished(*ids), "the cluster stopped before the runs finished"
    assert sorted(executions(ledger)) == sorted(attempts())

    second = start_cluster()
    until(lambda: finished(*ids), 30, "all runs have finished", lambda: second.log)
    assert_every_step_completed_once(runs=5, steps=4)
    assert sorted(executions(ledger)) == sorted(attempts())


class Changed(Exception):
    """The caller changes its mind."""


def test_a_start_that_is_rolled_back_never_runs(start_cluster: StartCluster, ledger: Path) -> None:
    cluster = start_cluster()

    def start_and_roll_back() -> None:
        with transaction.atomic():
            start_run(Fan, {"ledger": str(ledger)}, idempotency_key="once")
            raise Changed

    with pytest.raises(Changed):
        start_and_roll_back()
    with transaction.atomic():
        kept = start_run(Fan, {"ledger": str(ledger)}, idempotency_key="once").id
        time.sleep(0.3)  # a worker that read uncommitted rows would start the step now
        assert not lines(ledger)
    until(lambda: finished(kept), 30, "the run has finished", lambda: cluster.log)

    assert list(Run.objects.values_list("pk", flat=True)) == [kept]
    assert {run for run, _, _ in executions(ledger)} == {kept}
