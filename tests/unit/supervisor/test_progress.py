"""Which processes count as dead, stopped or hung."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from squid_mesh.processes.board import Board, Kind, Slot
from squid_mesh.processes.executing import Executing
from squid_mesh.processes.state import State, read_state, start_time
from squid_mesh.supervisor.progress import Progress
from tests.acceptance.processes import until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="about /proc")


@pytest.fixture
def board(tmp_path: Path) -> Board:
    return Board.create(tmp_path / "a.board", slots=8, supervisor=1)


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    started = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield started
    started.kill()
    started.wait(10)


def slot_of(board: Board, kind: Kind, process: subprocess.Popen[bytes]) -> Slot:
    slot = board.take_slot(kind)
    assert slot is not None
    slot.occupy(process.pid, start_time(process.pid))
    assert (slot.pid, slot.started) == (process.pid, start_time(process.pid))
    return slot


def hung(progress: Progress, board: Board, rounds: int) -> list[int]:
    """Return the slots that are hung after that many rounds of a second."""
    found = [progress.examine(board, 1.0, now=0.0) for _ in range(rounds)]
    return [slot.number for slot, _reason in found[-1].hung]


@pytest.mark.parametrize(
    ("kind", "seconds"),
    [
        (Kind.LEADER, 15),
        (Kind.SENTINEL, 60),
        (Kind.PUSHER, 60),
        (Kind.CLOCK, 60),
        (Kind.MONITOR, 15),
        (Kind.WORKER, 15),
    ],
)
def test_a_process_without_progress_is_hung_after_a_while(
    board: Board, process: subprocess.Popen[bytes], kind: Kind, seconds: int
) -> None:
    slot = slot_of(board, kind, process)
    progress = Progress(lease_seconds=30)
    assert not hung(progress, board, seconds)
    assert hung(progress, board, 1) == [slot.number]
    slot.beat()
    assert not hung(progress, board, 1)


def test_the_sentinel_gets_twice_the_time_of_a_lease(board: Board, process: subprocess.Popen[bytes]) -> None:
    slot_of(board, Kind.SENTINEL, process)
    assert not hung(Progress(lease_seconds=300), board, 600)


def test_a_busy_worker_may_be_silent_for_any_time(board: Board, process: subprocess.Popen[bytes]) -> None:
    slot_of(board, Kind.WORKER, process).set_busy(True)
    assert not hung(Progress(lease_seconds=30), board, 10_000)


@pytest.mark.parametrize(("deadline", "is_hung"), [(None, False), (100.0, True)])
def test_a_worker_that_can_not_end_its_step_at_the_deadline_is_hung(
    board: Board, process: subprocess.Popen[bytes], deadline: float | None, is_hung: bool
) -> None:
    slot = slot_of(board, Kind.WORKER, process)
    slot.set_busy(True)
    slot.places.show(0, Executing(token=uuid4(), lease=30.0, renewed=90.0, deadline=deadline))
    progress = Progress(lease_seconds=30)
    assert not progress.examine(board, 1.0, now=101.9).hung  # it gets the time to end itself
    assert bool(progress.examine(board, 1.0, now=102.0).hung) is is_hung
    slot.places.hide(0)
    assert not progress.examine(board, 1.0, now=200.0).hung


def test_a_stopped_process_is_continued_once_then_killed(
    board: Board, process: subprocess.Popen[bytes]
) -> None:
    slot = slot_of(board, Kind.WORKER, process)
    slot.set_busy(True)
    process.send_signal(signal.SIGSTOP)
    until(lambda: read_state(slot.pid, slot.started) is State.STOPPED, 5, "it is stopped")
    progress = Progress(lease_seconds=30)
    rounds = [progress.examine(board, 1.0, now=0.0) for _ in range(11)]
    assert [len(found.stopped) for found in rounds] == [0] * 5 + [1] + [0] * 5
    assert [len(found.hung) for found in rounds] == [0] * 10 + [1]


def test_a_process_that_continues_in_time_is_not_hung(board: Board, process: subprocess.Popen[bytes]) -> None:
    slot = slot_of(board, Kind.PUSHER, process)
    progress = Progress(lease_seconds=30)
    process.send_signal(signal.SIGSTOP)
    until(lambda: read_state(slot.pid, slot.started) is State.STOPPED, 5, "it is stopped")
    assert not hung(progress, board, 4)
    process.send_signal(signal.SIGCONT)
    until(lambda: read_state(slot.pid, slot.started) is State.RUNNING, 5, "it continues")
    assert not hung(progress, board, 4)


def test_a_dead_process_is_found_at_once(board: Board, process: subprocess.Popen[bytes]) -> None:
    slot = slot_of(board, Kind.WORKER, process)
    process.kill()
    until(lambda: read_state(slot.pid, slot.started) is State.DEAD, 5, "it is dead")
    assert [dead.number for dead in Progress(lease_seconds=30).examine(board, 0.2, now=0.0).dead] == [
        slot.number
    ]


def test_a_process_that_never_showed_itself_counts_as_dead_after_a_while(board: Board) -> None:
    board.take_slot(Kind.WORKER)
    progress = Progress(lease_seconds=30)
    found = [len(progress.examine(board, 1.0, now=0.0).dead) for _ in range(11)]
    assert found == [0] * 10 + [1]
