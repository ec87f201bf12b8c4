"""django-q2's sentinel with our queues, events and timers, which starts each process on the board."""

from __future__ import annotations

import os
import signal
import uuid
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.process import BaseProcess
from types import SimpleNamespace
from typing import Any

from django_q.cluster import Sentinel, get_mp_context
from django_q.conf import Conf
from django_q.monitor import monitor
from django_q.pusher import pusher
from django_q.worker import worker

from squid_mesh.dispatch.supervised.events import ReadyEvent, SlotTimer, StopEvent
from squid_mesh.dispatch.supervised.queues import ResultQueue, TaskQueue
from squid_mesh.hooks import GuardedLogger
from squid_mesh.processes import own
from squid_mesh.processes.board import Board, Kind, Slot
from squid_mesh.processes.parent import HAS_DEATH_SIGNAL, ParentPipe, die_with_parent
from squid_mesh.processes.state import start_time
from squid_mesh.processes.stop_signals import StopSignals, held_back

logger = GuardedLogger("squid_mesh.dispatch")


class BoardFull(RuntimeError):
    """No slot is free, because the supervisor doesn't free those of dead processes."""


class SupervisedSentinel(Sentinel):
    """Starts the workers, the monitor and the pusher, replaces those that died, and stops them."""

    def __init__(self, board: Board) -> None:
        """Run the cluster until it was asked to stop, as django-q2's sentinel does."""
        self.board = board
        self.pipe = None if HAS_DEATH_SIGNAL else ParentPipe()
        stop = StopEvent(board)
        with held_back():
            super().__init__(stop, ReadyEvent(board), uuid.uuid4(), start=False)
            StopSignals(board).install()  # instead of the handlers that django-q2's sentinel has just set
        self.task_queue: TaskQueue = TaskQueue()
        self.result_queue: ResultQueue = ResultQueue()
        self.event_out = stop
        self.start()

    def status(self) -> str:
        """Show progress: django-q2 asks for the status whenever its loops go round."""
        own.beat()
        return str(super().status())

    def spawn_worker(self) -> None:
        """Start a worker."""
        slot = self._take_slot(Kind.WORKER)
        timer = SlotTimer(slot)
        process = self._spawn(slot, None, worker, self.task_queue, self.result_queue, timer, self.timeout)
        process.timer = timer
        process.daemon = Conf.DAEMONIZE_WORKERS
        self.pool.append(process)
        start(process, slot)

    def spawn_monitor(self) -> BaseProcess:
        """Start a monitor."""
        slot = self._take_slot(Kind.MONITOR)
        process: BaseProcess = self._spawn(slot, None, monitor, self.result_queue, self.broker)
        start(process, slot)
        return process

    def spawn_pusher(self) -> BaseProcess:
        """Start a pusher, with the clock in it."""
        slot, clock = self._take_slot(Kind.PUSHER), self._take_slot(Kind.CLOCK)
        process: BaseProcess = self._spawn(slot, clock, pusher, self.task_queue, self.event_out, self.broker)
        start(process, slot, clock)
        return process

    def reincarnate(self, process: Any) -> None:
        """Replace a process that died, or a worker whose task has exceeded its timeout."""
        if process.is_alive():  # its timeout; SIGTERM, which django-q2 sends, would stop the cluster
            process.kill()
            process.join()
        end_group(process.pid)
        if process in self.pool:  # its slot may soon be another worker's
            process.timer = SimpleNamespace(value=process.timer.value)
        super().reincarnate(process)

    def stop(self) -> None:
        """Stop all processes; give back the project's tasks that no worker has started."""
        super().stop()
        keys = [task["ack_id"] for task in self.task_queue.receive_now() if isinstance(task, dict)]
        if keys:
            self.broker.give_back(keys)

    def _take_slot(self, kind: Kind) -> Slot:
        slot = self.board.take_slot(kind)
        if slot is None:
            raise BoardFull("the board is full: is the supervisor stopped?")
        return slot

    def _spawn(self, slot: Slot, clock: Slot | None, target: Callable[..., None], *args: Any) -> Any:
        return get_mp_context().Process(
            target=_run,
            args=(slot, clock, os.getpid(), self.pipe, target, args),
            name=f"Process-{uuid.uuid4().hex}",
            daemon=True,
        )


def _run(
    slot: Slot,
    clock: Slot | None,
    parent: int,
    pipe: ParentPipe | None,
    target: Callable[..., None],
    args: tuple[Any, ...],
) -> None:
    """Run one of django-q2's functions in its own, new process."""
    if slot.kind is Kind.WORKER:
        os.setpgid(0, 0)  # with the programs that its steps start
    own.occupy(slot, clock)
    die_with_parent(parent, pipe)
    StopSignals(slot.board).install()
    target(*args)
    own.set_busy(False)  # a recycled worker has ended as it should


def start(process: BaseProcess, *slots: Slot) -> None:
    """Start the process, and show it in its slots."""
    with held_back():
        process.start()
    assert process.pid is not None  # noqa: S101 - it runs
    for slot in slots:
        slot.occupy(process.pid, start_time(process.pid))


def end_group(leader: int | None) -> None:
    """Kill the programs that a dead worker's step has started: those in the worker's process group."""
    if leader:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(leader, signal.SIGKILL)
