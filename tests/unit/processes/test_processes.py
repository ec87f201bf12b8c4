"""Real processes: their states, the end of their parents, and the signals that stop a cluster."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from squid_mesh.processes.board import Board, Stop
from squid_mesh.processes.listing import find_orphans
from squid_mesh.processes.state import State, read_state, start_time
from tests.acceptance.processes import until

ROOT = Path(__file__).resolve().parents[3]
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="about /proc and prctl")

Run = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def run() -> Iterator[Run]:
    """Run Python code that prints one line when it is ready."""
    started: list[subprocess.Popen[str]] = []

    def begin(code: str, *arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


SLEEP = "import time; print('ready', flush=True); time.sleep(60)"


@linux_only
def test_a_process_is_running_then_stopped_then_dead(run: Run) -> None:
    process = run(SLEEP)
    line_of(process)
    started = start_time(process.pid)
    assert read_state(process.pid, started) is State.RUNNING
    process.send_signal(signal.SIGSTOP)
    until(lambda: read_state(process.pid, started) is State.STOPPED, 5, "it is stopped")
    process.kill()
    until(lambda: read_state(process.pid, started) is State.DEAD, 5, "it is dead, though not yet reaped")
    process.wait(5)
    assert read_state(process.pid, started) is State.DEAD


@linux_only
def test_a_process_that_started_at_another_time_is_another_one() -> None:
    assert read_state(os.getpid(), start_time()) is State.RUNNING
    assert read_state(os.getpid(), start_time() + 1) is State.DEAD


PARENT = """
import os, sys, time
from squid_mesh.processes import parent
parent.HAS_DEATH_SIGNAL = sys.argv[1] == "kernel"
pipe = parent.ParentPipe()
me = os.getpid()
child = os.fork()
if child == 0:
    parent.die_with_parent(me, pipe)
    print(os.getpid(), flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("way", [pytest.param("kernel", marks=linux_only), "pipe"])
def test_a_child_ends_when_its_parent_is_killed(run: Run, way: str) -> None:
    process = run(PARENT, way)
    child = psutil.Process(int(line_of(process)))
    process.kill()
    process.wait(5)
    until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, 5, "the child has ended")


SIGNALS = """
import os, signal, sys, time
from pathlib import Path
from squid_mesh.processes.board import Board
from squid_mesh.processes.stop_signals import StopSignals
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup, under which the tests may run, ignores it
StopSignals(Board(Path(sys.argv[1]))).install()
child = os.fork()
if child == 0:
    print(os.getpid(), flush=True)  # from here on no signal is lost, as one during the fork may be
    time.sleep(60)
    os._exit(0)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_asks_to_stop_and_a_second_one_to_stop_at_once(
    run: Run, tmp_path: Path, number: signal.Signals
) -> None:
    board = Board.create(tmp_path / "a.board", slots=1, supervisor=1)
    process = run(SIGNALS, str(tmp_path / "a.board"))
    child = int(line_of(process))
    os.kill(child, number)  # a process that a step has forked is no part of the cluster
    assert int(line_of(process)) == -number
    assert board.stop is Stop.NO
    process.send_signal(number)
    until(lambda: board.stop is Stop.GRACEFUL, 5, "it was asked to stop")

    def asked_again() -> bool:
        process.send_signal(number)
        return board.stop is Stop.NOW

    until(asked_again, 5, "it was asked again")
    assert process.poll() is None


def test_a_process_with_a_living_parent_is_no_orphan(run: Run) -> None:
    process = run(SLEEP, "manage.py", "qcluster")
    line_of(process)
    assert process.pid not in [found.pid for found in find_orphans((("qcluster",),))]
