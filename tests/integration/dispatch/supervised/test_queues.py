"""Queues, events and timers without locks."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from squid_mesh.dispatch.supervised import events
from squid_mesh.dispatch.supervised.events import ReadyEvent, SlotTimer, StopEvent
from squid_mesh.dispatch.supervised.queues import STOP, ResultQueue, SocketQueue, TaskQueue
from squid_mesh.processes import own
from squid_mesh.processes.board import Board, Kind, Slot

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture
def slot(tmp_path: Path) -> Iterator[Slot]:
    """This process's slot on a board."""
    taken = Board.create(tmp_path / "a.board", slots=4, supervisor=1).take_slot(Kind.WORKER)
    assert taken is not None
    own.occupy(taken)
    yield taken
    own._slot = None


@pytest.fixture
def tasks(slot: Slot) -> Iterator[TaskQueue]:
    queue = TaskQueue()
    yield queue
    close(queue)


@pytest.fixture
def results(slot: Slot) -> Iterator[ResultQueue]:
    queue = ResultQueue()
    yield queue
    close(queue)


def close(queue: SocketQueue) -> None:
    """Close the sockets, which otherwise end with their processes."""
    queue._reading.close()
    queue._writing.close()


def test_items_arrive_in_order_whatever_their_size(slot: Slot, results: ResultQueue) -> None:
    queue = results
    items = [{"n": 1}, "x" * 100_000, b"y" * 5_000_000, None, ["z" * 1400]]
    for item in items:
        queue.put(item)
    assert [queue.get() for _ in items] == items
    assert queue.empty()


def test_a_queue_says_whether_an_item_waits(slot: Slot, tasks: TaskQueue) -> None:
    queue = tasks
    assert (queue.qsize(), queue.empty()) == (0, True)
    queue.put("task")
    assert (queue.qsize(), queue.empty()) == (1, False)


def test_a_worker_is_busy_from_a_task_to_the_next_call(slot: Slot, tasks: TaskQueue) -> None:
    queue = tasks
    queue.put("task")
    assert queue.get() == "task"
    assert slot.is_busy
    slot.board.request_stop()
    assert queue.get() == STOP
    assert not slot.is_busy


def test_a_stopping_cluster_takes_no_task_and_gives_none(slot: Slot, tasks: TaskQueue) -> None:
    queue = tasks
    queue.put("before")
    slot.board.request_stop()
    queue.put("after")
    queue.put(STOP)
    assert queue.get() == STOP
    assert queue.receive_now() == ["before"]


def test_a_waiting_reader_shows_progress(slot: Slot, results: ResultQueue) -> None:
    queue = results
    before = slot.beats
    with pytest.raises(BlockingIOError):
        queue.receive()
    queue.put("result")
    queue.get()
    assert slot.beats > before


READER = """
import socket, sys
from squid_mesh.dispatch.supervised.queues import TaskQueue
queue = TaskQueue()
queue._reading = socket.socket(fileno=int(sys.argv[1]))
print("waits", flush=True)
while True:
    try:
        print(queue.receive(), flush=True)
    except BlockingIOError:
        pass
"""


def test_a_reader_that_is_killed_or_stopped_while_it_waits_locks_no_other_out(
    slot: Slot, tasks: TaskQueue
) -> None:
    queue = tasks
    reading = queue._reading.fileno()
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, str(reading)],
            stdout=subprocess.PIPE,
            pass_fds=[reading],
            cwd=ROOT,
        )
        for _ in range(2)
    ]
    try:
        for reader in readers:
            assert reader.stdout is not None
            assert reader.stdout.readline() == b"waits\n"
        readers[0].kill()
        readers[0].wait(10)
        readers[1].send_signal(signal.SIGSTOP)
        queue.put("task")
        assert queue.get() == "task"
    finally:
        for reader in readers:
            reader.kill()
            reader.wait(10)
            assert reader.stdout is not None
            reader.stdout.close()


def test_events_are_words_of_the_board(slot: Slot) -> None:
    stop, ready = StopEvent(slot.board), ReadyEvent(slot.board)
    assert not stop.wait(0.06)
    assert slot.beats > 0
    assert not ready.is_set()
    ready.set()
    stop.set()
    assert ready.is_set()
    assert slot.board.is_ready
    assert stop.wait(60)


def test_a_timer_runs_out_although_the_sentinel_counts_nothing_down(
    slot: Slot, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(events.time, "monotonic", lambda: now[0])
    timer = SlotTimer(slot)
    assert timer.value == -1
    timer.value = 5
    timer.value += 3
    now[0] += 7.9
    assert timer.value == 8
    now[0] += 0.2
    assert timer.value == 0
    timer.value = -2
    assert timer.value == -2


def test_only_the_timers_own_worker_sets_it(slot: Slot) -> None:
    other = slot.board.take_slot(Kind.WORKER)
    assert other is not None
    timer = SlotTimer(other)
    with timer.get_lock():
        timer.value -= 0.5
    assert timer.value == -1
