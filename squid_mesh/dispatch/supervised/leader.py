"""The leader of a supervised cluster: the supervisor's child, the sentinel's parent, in its own session."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from multiprocessing.context import ForkProcess
from typing import Final

from django.db import connections
from django_q.cluster import get_mp_context

from squid_mesh.dispatch.connection_pools import guard_forks
from squid_mesh.dispatch.defaults import prepare_cluster
from squid_mesh.dispatch.supervised.sentinel import SupervisedSentinel, end_group, start
from squid_mesh.hooks import GuardedLogger
from squid_mesh.processes import own
from squid_mesh.processes.board import Board, Kind, Slot
from squid_mesh.processes.parent import (
    HAS_DEATH_SIGNAL,
    ParentPipe,
    adopt_orphans,
    die_with_parent,
    resume_at_parents_end,
)
from squid_mesh.processes.reap import reap_adopted
from squid_mesh.processes.stop_signals import StopSignals

logger = GuardedLogger("squid_mesh.dispatch")

#: Seconds between two rounds of the leader's loop.
_ROUND: Final = 0.1


def lead(board: Board, workers: int | None) -> int:
    """Run django-q2's cluster until it was asked to stop; return the exit code: 1 if it ended on its own.

    If the supervisor ends, kill all processes of the cluster and the programs that steps have started.
    """
    if os.getppid() != board.supervisor:
        return 1
    (slot,) = (slot for slot in board.slots() if slot.kind is Kind.LEADER)
    own.occupy(slot)
    own.set_busy(False)  # it was, with loading the project
    StopSignals(board).install()
    adopt_orphans()
    resume_at_parents_end()
    prepare_cluster(workers)
    guard_forks()
    connections.close_all()
    sentinel = _start_sentinel(board)
    while sentinel.is_alive():
        own.beat()
        if os.getppid() != board.supervisor:
            _kill_all(board)
        reap_adopted(sentinel.pid)
        time.sleep(_ROUND)
    return 0 if board.is_stopping else 1


def _start_sentinel(board: Board) -> ForkProcess:
    slot = board.take_slot(Kind.SENTINEL)
    assert slot is not None  # noqa: S101 - the leader's is the only other one
    pipe = None if HAS_DEATH_SIGNAL else ParentPipe()
    process: ForkProcess = get_mp_context().Process(
        target=_guard, args=(slot, os.getpid(), pipe), name="sentinel"
    )
    start(process, slot)
    return process


def _guard(slot: Slot, parent: int, pipe: ParentPipe | None) -> None:
    own.occupy(slot)
    die_with_parent(parent, pipe)
    StopSignals(slot.board).install()
    try:
        SupervisedSentinel(slot.board)
    except BaseException:
        # Python would end by waiting for the workers. The kernel kills them.
        logger.exception("The sentinel failed.")
        os._exit(1)


def _kill_all(board: Board) -> None:
    """Kill the processes on the board, their groups and this process. The supervisor has ended."""
    logger.critical("The supervisor has ended, so its cluster ends.")
    for slot in board.slots():
        if slot.pid and slot.pid != os.getpid():
            end_group(slot.pid)
            with suppress(ProcessLookupError):
                os.kill(slot.pid, signal.SIGKILL)
    os.killpg(0, signal.SIGKILL)
