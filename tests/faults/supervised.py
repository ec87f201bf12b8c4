"""A supervised cluster to which a test sends signals."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from squid_mesh.api import inspect_run, start_run
from squid_mesh.lifecycle import RunStatus
from squid_mesh.processes.board import Board, Kind, Slot
from squid_mesh.supervisor.runtime import find_boards
from tests.acceptance.flows import Slow, lines
from tests.acceptance.processes import SUPERVISED, Cluster, until

#: What is promised within ten seconds may take twice as long on a machine that does other work, too.
WITHIN = 20.0


class Supervised(Cluster):
    """A supervised cluster that remembers all its processes, to find those that outlive it."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        super().__init__(command, environment, log, SUPERVISED)
        self._ledger = log.with_suffix(".ledger")
        self.known: dict[int, psutil.Process] = {}

    def board(self) -> Board | None:
        """Return the board of the current tree; None if there is none yet."""
        for path in find_boards():
            if path.stem.endswith(f"-{self.pid}"):
                with suppress(OSError, ValueError):
                    return Board(path)
        return None

    def slots(self, kind: Kind) -> list[Slot]:
        """Return the slots of the running processes of that kind; remember all processes."""
        board = self.board()
        found = [] if board is None else board.slots()
        for pid in [self.pid, *(slot.pid for slot in found if slot.pid)]:
            with suppress(psutil.NoSuchProcess):
                self.known.setdefault(pid, psutil.Process(pid))
        return [slot for slot in found if slot.kind is kind and slot.pid]

    def remember(self) -> None:
        """Remember all processes, also the programs of steps."""
        self.slots(Kind.WORKER)
        with suppress(psutil.NoSuchProcess):
            for process in psutil.Process(self.pid).children(recursive=True):
                self.known.setdefault(process.pid, process)

    def alive(self) -> list[psutil.Process]:
        """Return the processes that this cluster has had and that still run."""
        return [process for process in self.known.values() if _status(process) not in _DEAD]

    def stopped(self) -> list[psutil.Process]:
        """Return those that a signal has stopped."""
        return [process for process in self.known.values() if _status(process) == psutil.STATUS_STOPPED]

    def wait_until_ready(self) -> None:
        """Wait until all processes of a tree run."""
        until(self.is_ready, WITHIN, "the cluster is ready", lambda: self.log)

    def is_ready(self) -> bool:
        """Return whether all processes of a tree run."""
        self.remember()
        board = self.board()
        kinds = set() if board is None else {slot.kind for slot in board.slots() if slot.pid}
        return board is not None and board.is_ready and kinds >= set(Kind) - {Kind.FREE}

    def start_step(self, seconds: float) -> None:
        """Start a run, and wait until its first step, of that many seconds, runs."""
        before = len(lines(self._ledger))
        start_run(Slow, {"ledger": str(self._ledger), "seconds": seconds})
        until(
            lambda: len(lines(self._ledger)) > before,
            WITHIN,
            "the step runs",
            lambda: self.log,
        )

    def assert_works(self, why: str) -> None:
        """Assert that a new run completes in time."""
        run = start_run(Slow, {"ledger": str(self._ledger), "seconds": 0}).id
        until(
            lambda: inspect_run(run).status is RunStatus.COMPLETED,
            WITHIN,
            f"a run completes after {why}",
            lambda: f"exit code {self.exit_code()}\n{self.log}",
        )
        self.remember()

    def assert_ended(self, why: str, *, seconds: float = WITHIN) -> int:
        """Assert that all its processes end in time, and return the exit code."""
        until(
            lambda: self.exit_code() is not None and not self.alive(),
            seconds,
            f"all processes have ended after {why}",
            lambda: f"exit code {self.exit_code()}, {self.alive()}\n{self.log}",
        )
        code = self.exit_code()
        assert code is not None
        return code

    def end(self) -> None:
        """End everything."""
        self.remember()
        for process in self.alive():
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGCONT)
        super().end()
        for process in self.alive():
            with suppress(psutil.NoSuchProcess):
                process.kill()


#: What :func:`_status` returns of a process that has ended.
_DEAD = (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)


def _status(process: psutil.Process) -> str:
    try:
        return str(process.status()) if process.is_running() else psutil.STATUS_DEAD
    except psutil.NoSuchProcess:
        return psutil.STATUS_DEAD


def send(pid: int, number: signal.Signals, *, group: bool) -> None:
    """Send the signal to the process, or to its process group. It may have ended by now."""
    with suppress(ProcessLookupError):
        os.killpg(os.getpgid(pid), number) if group else os.kill(pid, number)
