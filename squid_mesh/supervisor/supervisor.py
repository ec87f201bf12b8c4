"""The supervisor's loop: one thread, no database, five rounds a second."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from squid_mesh.hooks import GuardedLogger
from squid_mesh.processes.board import Kind, Phase, Slot, Stop
from squid_mesh.processes.orphans import kill_children
from squid_mesh.processes.parent import adopt_orphans
from squid_mesh.processes.reap import reap_adopted
from squid_mesh.processes.stop_signals import StopSignals, held_back
from squid_mesh.supervisor.backoff import Backoff
from squid_mesh.supervisor.progress import Progress
from squid_mesh.supervisor.renewal import Renewal
from squid_mesh.supervisor.take_back import TakingBack
from squid_mesh.supervisor.tree import Tree, kill_process

logger = GuardedLogger("squid_mesh.supervisor")

#: Seconds between two rounds.
_ROUND: Final = 0.2
#: Rounds after which the board's file is touched, about an hour: systems delete old temporary files.
_TOUCH_ROUNDS: Final = 18_000
#: Seconds that a round counts at most: while this process itself was stopped, it has observed nothing.
_LONGEST_ROUND: Final = 1.0
#: Seconds that a stopping tree gets after its last step has ended.
_LAST_SECONDS: Final = 4.0
#: Seconds that a tree gets to load the project and to start all processes.
_START_SECONDS: Final = 120.0
#: Without these, the tree is dead: nothing would replace or stop the others.
_VITAL: Final = (Kind.LEADER, Kind.SENTINEL)


class Supervisor:
    """Runs one tree at a time until it is asked to stop, or gives up."""

    def __init__(self, path: Path, *, workers: int, lease_seconds: float) -> None:
        self._path = path
        self._slots = 16 + 4 * workers
        self._progress = Progress(lease_seconds)
        self._backoff = Backoff()
        self._taking_back = TakingBack()
        self._renewal = Renewal()
        self._restarts = 0
        self._resume_at: float | None = None
        self._without_steps = 0.0
        adopt_orphans()
        with held_back():  # as soon as there is a board, a signal stops the cluster
            self._tree = Tree(path, slots=self._slots)
            self._signals = StopSignals(self._tree.board, insists=True)
            self._signals.install()

    def run(self) -> int:
        """Return the exit code: 0 after a requested stop, 1 after giving up."""
        self._tree.start()
        last = time.monotonic()
        code = None
        try:
            while code is None:
                time.sleep(_ROUND)
                now = time.monotonic()
                code = self._round(min(now - last, _LONGEST_ROUND))
                last = now
        finally:
            self._clean_up()
        return code

    def _round(self, elapsed: float) -> int | None:
        """Look at everything once; return the exit code if this was the last round."""
        tree = self._tree
        tree.board.beat()
        if tree.board.beats % _TOUCH_ROUNDS == 0:
            with suppress(FileNotFoundError):
                os.utime(self._path)
        self._taking_back.go_on()
        self._renewal.go_on(tree.board)
        reap_adopted(tree.leader.pid, self._taking_back.child, self._renewal.child)
        if self._resume_at is not None:
            return self._round_without_tree()
        if tree.has_ended():
            if tree.board.is_stopping:
                return 0
            return self._replace(f"ended with status {tree.leader.returncode}")
        if tree.board.stop is Stop.NOW:
            logger.warning("A second signal: the cluster ends at once.")
            return 0
        if vital := self._watch(elapsed):
            return 0 if tree.board.is_stopping else self._replace(vital)
        if tree.board.is_stopping:
            return self._wait_for_steps(elapsed)
        if tree.board.phase is Phase.STARTING:
            return self._wait_until_ready()
        return None

    def _wait_until_ready(self) -> int | None:
        if self._tree.is_ready:
            self._tree.board.phase = Phase.RUNNING
        elif self._tree.age > _START_SECONDS:
            return self._replace(f"was not ready after {_START_SECONDS:g} s")
        return None

    def _round_without_tree(self) -> int | None:
        if self._tree.board.is_stopping:
            return 0
        if self._resume_at is not None and time.monotonic() >= self._resume_at:
            self._start_next()
        return None

    def _watch(self, elapsed: float) -> str:
        """Deal with dead and hung processes; return what is wrong with the tree if it must be replaced."""
        board = self._tree.board
        found = self._progress.examine(board, elapsed, now=time.monotonic())
        vital = [f"its {slot.kind.name.lower()} died" for slot in found.dead if slot.kind in _VITAL]
        for slot in found.stopped:
            message = "Process %d (%s) was stopped by a signal: continuing it."
            logger.error(message, slot.pid, slot.kind.name.lower())
            with suppress(ProcessLookupError):
                os.kill(slot.pid, signal.SIGCONT)
        for slot, reason in found.hung:
            logger.critical("Process %d (%s) %s: killing it.", slot.pid, slot.kind.name.lower(), reason)
            if slot.kind in _VITAL:
                vital.append(f"its {slot.kind.name.lower()} {reason}")
            else:
                kill_process(slot)
        if not vital:
            for slot in found.dead:
                self._bury(slot)
        return ", ".join(vital)

    def _bury(self, slot: Slot) -> None:
        """Take back what a dead process held, and free its slot. The sentinel replaces it."""
        if slot.kind is Kind.WORKER and slot.is_busy:
            logger.error("Worker %d died while it was busy: taking back its steps.", slot.pid)
            self._taking_back.add(slot.tokens())
        slot.clear()

    def _replace(self, reason: str) -> int | None:
        """Kill the rest of the tree, and start another one after a pause; return 1 if that is hopeless."""
        tree = self._tree
        was_ready = tree.board.phase is Phase.RUNNING
        self._taking_back.add(tree.kill())
        pause = self._backoff.next_pause(was_ready=was_ready, age=tree.age)
        if pause is None:
            logger.critical(
                "The cluster (process %d) %s. It never started: giving up.", tree.leader.pid, reason
            )
            return 1
        logger.critical(
            "The cluster (process %d) %s: starting another one in %g s.", tree.leader.pid, reason, pause
        )
        tree.board.phase = Phase.PAUSING
        self._resume_at = time.monotonic() + pause
        return None

    def _start_next(self) -> None:
        before = self._tree.board
        self._resume_at = None
        self._restarts += 1
        self._tree = Tree(self._path, slots=self._slots)
        self._tree.board.restarts = self._restarts
        self._signals.follow(self._tree.board)
        if before.is_stopping:  # the signal came in between
            self._tree.board.request_stop()
        self._tree.start()

    def _wait_for_steps(self, elapsed: float) -> int | None:
        """Let the running steps end, and then the tree; return 0 if it must be killed instead."""
        tree = self._tree
        tree.board.phase = Phase.STOPPING
        if tree.is_loading:
            return 0
        self._without_steps = 0.0 if tree.busy_workers() else self._without_steps + elapsed
        if self._without_steps < _LAST_SECONDS:
            return None
        logger.warning("The cluster didn't end %g s after its last step: killing it.", _LAST_SECONDS)
        return 0

    def _clean_up(self) -> None:
        """Leave no process, no claim of a dead worker and no file behind."""
        self._renewal.end()  # or it could renew a lease that is being ended
        self._taking_back.add(self._tree.kill())
        self._taking_back.finish()
        kill_children()
        with suppress(FileNotFoundError):
            self._path.unlink()
        for number in (signal.SIGTERM, signal.SIGINT):  # the rest of this process's life needs no handler
            signal.signal(number, signal.SIG_IGN)
