"""One tree of processes: a leader that the supervisor has started, and what django-q2 forks below it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final
from uuid import UUID

from squid_mesh.processes.board import Board, Kind, Slot
from squid_mesh.processes.reap import reap_adopted
from squid_mesh.processes.state import State, read_state, start_time
from squid_mesh.processes.stop_signals import held_back

#: The variable by which a leader, which is the supervisor's own command line, knows that it is one.
BOARD_VARIABLE: Final = "SQUID_MESH_BOARD"
#: django-q2's warning that Q_CLUSTER has no timeout. The supervisor's own process has shown it already.
_SHOWN: Final = "ignore:Retry and timeout are misconfigured"
#: Seconds that killed processes get to disappear; more only if the kernel is stuck.
_LAST: Final = 5.0


class Tree:
    """One tree. Its board is new, so that nothing of an earlier tree can write to it."""

    leader: subprocess.Popen[bytes]

    def __init__(self, path: Path, *, slots: int) -> None:
        self._path = path
        self.board = Board.create(path, slots=slots, supervisor=os.getpid())
        self.started_at = 0.0

    def start(self) -> None:
        """Start the leader, which starts the others."""
        self.started_at = time.monotonic()
        slot = self.board.take_slot(Kind.LEADER)
        assert slot is not None  # noqa: S101 - the board is new
        slot.set_busy(True)  # with loading the project, which takes its time
        with held_back():
            self.leader = subprocess.Popen(  # noqa: S603 - this process's own command line
                [sys.executable, "-W", _SHOWN, *sys.orig_argv[1:]],
                env=os.environ | {BOARD_VARIABLE: str(self._path)},
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        slot.occupy(self.leader.pid, start_time(self.leader.pid))

    @property
    def is_ready(self) -> bool:
        """Return whether every kind of process runs."""
        kinds = {slot.kind for slot in self.board.slots() if slot.pid}
        return self.board.is_ready and kinds >= set(Kind) - {Kind.FREE}

    @property
    def age(self) -> float:
        """Return for how many seconds the tree has existed."""
        return time.monotonic() - self.started_at

    def has_ended(self) -> bool:
        """Return whether the leader has ended. Other processes may still be there: see :meth:`kill`."""
        return self.leader.poll() is not None

    @property
    def is_loading(self) -> bool:
        """Return whether the leader still loads the project, so that no other process runs."""
        return any(slot.kind is Kind.LEADER and slot.is_busy for slot in self.board.slots())

    def busy_workers(self) -> list[Slot]:
        """Return the slots of the workers that executed a step or task when they last showed what they do."""
        return [slot for slot in self.board.slots() if slot.kind is Kind.WORKER and slot.is_busy]

    def kill(self) -> list[UUID]:
        """Kill all processes of the tree, and the programs that its steps have started.

        Return the tokens of the claims that its workers may have held.
        """
        slots = [slot for slot in self.board.slots() if slot.pid]
        self.leader.kill()
        with suppress(ProcessLookupError):
            os.killpg(self.leader.pid, signal.SIGKILL)
        for slot in slots:
            kill_process(slot)
        self.leader.wait()
        until = time.monotonic() + _LAST
        while any(_is_alive(slot) for slot in slots) and time.monotonic() < until:
            reap_adopted()
            time.sleep(0.01)
        return [token for slot in self.busy_workers() for token in slot.tokens()]


def kill_process(slot: Slot) -> None:
    """Kill the slot's process, and its process group if it leads one, as a worker does."""
    if _is_alive(slot):
        with suppress(ProcessLookupError):
            os.kill(slot.pid, signal.SIGKILL)
    if slot.kind is Kind.WORKER:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(slot.pid, signal.SIGKILL)


def _is_alive(slot: Slot) -> bool:
    return read_state(slot.pid, slot.started) is not State.DEAD
