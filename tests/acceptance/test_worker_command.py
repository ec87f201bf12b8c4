"""What ``squid_mesh worker`` adds to django-q2's cluster."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from squid_mesh.api import inspect_run, recover_steps, start_run
from squid_mesh.models import Attempt
from squid_mesh.processes.board import Kind
from squid_mesh.store.clock import database_time
from tests.acceptance.flows import Forks, Held, KeepsLock, KeepsLockTooLong, executions
from tests.acceptance.processes import until
from tests.faults.supervised import Supervised

Start = Callable[..., Supervised]
#: What is promised within two seconds may take longer on a machine that does other work; a lease takes 30 s.
SOON = 8.0


@pytest.fixture
def start(
    manage_command: tuple[str, ...], process_environment: dict[str, str], tmp_path: Path
) -> Iterator[Start]:
    started: list[Supervised] = []

    def begin(**variables: str) -> Supervised:
        environment = process_environment | {"PYTHONUNBUFFERED": "1"} | variables
        started.append(Supervised(manage_command, environment, tmp_path / f"cluster{len(started)}.log"))
        return started[-1]

    yield begin
    for cluster in started:
        cluster.end()


def hold(cluster: Supervised, tmp_path: Path) -> tuple[int, object]:
    """Start a run whose step never ends; return its worker's process id and the run's ID."""
    pid_file = tmp_path / "pid"
    run = start_run(Held, {"ledger": str(tmp_path / "ledger"), "pid_file": str(pid_file)}).id
    until(pid_file.exists, 30, "the step runs", lambda: cluster.log)
    cluster.remember()
    return int(pid_file.read_text()), run


@pytest.mark.parametrize("kind", [Kind.WORKER, Kind.SENTINEL, Kind.LEADER])
def test_the_step_of_a_dead_process_is_taken_back_at_once(start: Start, tmp_path: Path, kind: Kind) -> None:
    cluster = start()
    worker, run = hold(cluster, tmp_path)
    victim = worker if kind is Kind.WORKER else cluster.slots(kind)[0].pid
    killed_at = database_time("default")
    os.kill(victim, signal.SIGKILL)
    lost = until(
        lambda: Attempt.objects.filter(outcome="interrupted").first(),
        20,
        "the step was taken back",
        lambda: cluster.log,
    )
    assert (lost.ended_at - killed_at).total_seconds() < SOON
    until(lambda: inspect_run(run).status == "completed", 30, "the run completes", lambda: cluster.log)
    assert cluster.stop() == 0
    cluster.assert_ended("a stop")


def test_a_second_signal_ends_everything_at_once_and_gives_the_step_back(
    start: Start, tmp_path: Path
) -> None:
    cluster = start()
    hold(cluster, tmp_path)
    os.kill(cluster.pid, signal.SIGTERM)
    board = cluster.board()
    assert board is not None
    until(lambda: board.is_stopping, 5, "it was asked to stop", lambda: cluster.log)
    time.sleep(1)  # the running step goes on, so the cluster does
    assert cluster.exit_code() is None
    os.kill(cluster.pid, signal.SIGTERM)
    assert cluster.assert_ended("the second signal") == 0
    assert list(Attempt.objects.filter(step__name="held").values_list("outcome", flat=True)) == [
        "interrupted"
    ]


def test_a_cluster_that_never_starts_ends_with_1(start: Start) -> None:
    cluster = start(SQUID_MESH_TEST_BROKER="tests.acceptance.broken_broker.BrokenBroker")
    until(lambda: cluster.exit_code() is not None, 60, "it gives up", lambda: cluster.log)
    assert cluster.assert_ended("giving up") == 1
    assert "giving up" in cluster.log


def test_a_step_that_keeps_the_interpreters_lock_keeps_its_lease(start: Start, tmp_path: Path) -> None:
    cluster = start(SQUID_MESH_TEST_LEASE="2")
    ledger = tmp_path / "ledger"
    run = start_run(KeepsLock, {"ledger": str(ledger), "seconds": 7}).id
    taken = 0

    def ends() -> bool:
        nonlocal taken
        taken += recover_steps()  # as another cluster would, while all workers of this one are busy
        return taken > 0 or inspect_run(run).status == "completed"

    until(ends, 60, "the run completes", lambda: cluster.log)
    assert taken == 0, cluster.log
    assert sorted(name for _run, name, _attempt in executions(ledger)) == ["joined", "pausing", "usual"]
    attempts = Attempt.objects.filter(step__run_id=run).order_by("step__name")
    assert [(attempt.number, attempt.outcome) for attempt in attempts] == [(1, "completed")] * 3
    assert all((a.ended_at - a.started_at).total_seconds() > 6 for a in attempts if a.step.name != "joined")
    assert cluster.stop() == 0
    cluster.assert_ended("a stop")


def test_a_worker_that_keeps_the_interpreters_lock_beyond_its_timeout_is_killed(
    start: Start, tmp_path: Path
) -> None:
    cluster = start(SQUID_MESH_TEST_LEASE="60")
    ledger = tmp_path / "ledger"
    run = start_run(KeepsLockTooLong, {"ledger": str(ledger), "seconds": 200}).id
    until(lambda: inspect_run(run).status == "completed", 50, "the run completes", lambda: cluster.log)
    outcomes = list(Attempt.objects.order_by("number").values_list("outcome", flat=True))
    assert outcomes == ["interrupted", "completed"]
    assert "can't be stopped at its timeout" in cluster.log


def test_what_a_step_forks_settles_nothing(start: Start, tmp_path: Path) -> None:
    cluster = start()
    ledger = tmp_path / "ledger"
    run = start_run(Forks, {"ledger": str(ledger)}).id
    until(lambda: inspect_run(run).status == "completed", 60, "the run completes", lambda: cluster.log)
    codes = {"child_0": 0, "child_1": 1, "child_2": 2, "child_3": 3}
    assert inspect_run(run).state == {"ledger": str(ledger), "first": codes, "second": codes}
    assert [name for _run, name, _attempt in executions(ledger)] == ["first", "second"]
    attempts = Attempt.objects.filter(step__run_id=run)
    assert [(attempt.number, attempt.outcome) for attempt in attempts] == [(1, "completed")] * 2
    cluster.assert_works("forks")
