"""What ``squid_mesh worker`` adds to django-q2's cluster."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from squid_mesh.api import inspect_run, start_run
from squid_mesh.models import Attempt
from squid_mesh.processes.board import Kind
from squid_mesh.store.clock import database_time
from tests.acceptance.flows import Held
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
