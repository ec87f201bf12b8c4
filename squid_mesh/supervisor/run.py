"""Running a supervised cluster: as the supervisor, or in the process that a supervisor has started."""

from __future__ import annotations

import os
from pathlib import Path

from django.db import connections

from squid_mesh import conf
from squid_mesh.dispatch.connection_pools import guard_forks
from squid_mesh.dispatch.defaults import count_workers
from squid_mesh.dispatch.supervised.leader import lead
from squid_mesh.processes.board import Board
from squid_mesh.supervisor.runtime import board_path
from squid_mesh.supervisor.supervisor import Supervisor
from squid_mesh.supervisor.tree import BOARD_VARIABLE


def is_leader() -> bool:
    """Return whether a supervisor has started this process."""
    return BOARD_VARIABLE in os.environ


def run_worker(workers: int | None) -> int:
    """Run a supervised cluster until it is asked to stop; return the exit code: 1 if it gave up.

    Raises:
        RuntimeFolderRefused: the board can't be made.
    """
    path = os.environ.pop(BOARD_VARIABLE, None)
    if path is not None:
        return lead(Board(Path(path)), workers)
    guard_forks()
    connections.close_all()
    settings = conf.current()
    supervisor = Supervisor(
        board_path(), workers=count_workers(workers), lease_seconds=settings.LEASE_SECONDS
    )
    return supervisor.run()
