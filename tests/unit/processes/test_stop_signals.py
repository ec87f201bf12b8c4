"""A signal that comes before a process has its own handler."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from squid_mesh.processes.board import Board
from squid_mesh.processes.stop_signals import STOP_SIGNALS, StopSignals, held_back


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
@pytest.mark.parametrize(
    ("number", "before"),
    [*((number, signal.SIG_DFL) for number in STOP_SIGNALS), (signal.SIGINT, signal.SIG_IGN)],
)
def test_a_signal_to_a_new_process_waits_for_its_handler(
    tmp_path: Path, number: signal.Signals, before: signal.Handlers
) -> None:
    board = Board.create(tmp_path / "board", slots=1, supervisor=os.getpid())
    own = signal.signal(number, before)  # a shell ignores SIGINT in its background jobs
    with held_back():
        child = os.fork()
        if child == 0:
            while number not in signal.sigpending():
                time.sleep(0.01)
            StopSignals(board).install()
            os._exit(0 if board.is_stopping else 1)
    signal.signal(number, own)
    os.kill(child, number)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert not set(STOP_SIGNALS) & signal.pthread_sigmask(signal.SIG_BLOCK, ())
