"""Signals that stop a cluster, whichever of its processes gets them."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from squid_mesh.processes.board import Board

#: Each of them asks the cluster to stop.
STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@contextmanager
def held_back() -> Iterator[None]:
    """Hold the signals back in the body, which forks a process: it gets them when it has its own handler.

    Without that, the first moments of a process would end it, and the cluster would only replace it.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)


class StopSignals:
    """The handler of one process. The second signal to the same process ends the cluster at once."""

    def __init__(self, board: Board, *, insists: bool = False) -> None:
        """``insists``: the first signal to this process is the second if another process has got one."""
        self._board = board
        self._pid = os.getpid()
        self._again = insists

    def install(self) -> None:
        """Handle the signals, and those held back, in this process. An ignored SIGHUP (nohup) stays so."""
        for number in STOP_SIGNALS:
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._handle)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)

    def follow(self, board: Board) -> None:
        """Ask the cluster of another board to stop from now on."""
        self._board = board

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if os.getpid() != self._pid:  # a process that a step has forked: it isn't part of the cluster
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        elif self._again:
            self._board.insist_on_stop()
        else:
            self._again = True
            self._board.request_stop()
