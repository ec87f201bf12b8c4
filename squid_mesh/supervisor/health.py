"""The health of the worker clusters on this machine: from their boards, and from the database if asked."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.db import Error, connections

from squid_mesh import conf
from squid_mesh.processes.board import Board, Kind, Phase
from squid_mesh.supervisor.runtime import find_boards

#: Seconds in which a supervisor must show progress. It does so five times a second.
_PATIENCE: Final = 3.0
_GLANCE: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """``live``: a supervisor runs here, and each of them makes progress. ``ready``: they also execute steps.

    ``problems`` are sentences; there is none if ``ready``. The database is asked only if that was wanted.
    """

    live: bool
    ready: bool
    supervisors: tuple[int, ...]
    problems: tuple[str, ...]


def read_health(*, with_database: bool) -> Health:
    """Return the health of this project's supervisors on this machine. Takes three seconds if one hangs."""
    boards = [board for path in find_boards() if (board := _open(path)) is not None]
    stuck = [board.supervisor for board in _without_progress(boards)]
    dead = [f"The supervisor (process {pid}) makes no progress: it was killed or stopped." for pid in stuck]
    if not boards:
        dead = ["No manage.py squid_mesh worker of this project runs on this machine."]
    problems = [*dead, *(problem for board in boards for problem in _unready(board))]
    if with_database and not dead:
        problems += _database_problems()
    return Health(
        live=not dead,
        ready=not problems,
        supervisors=tuple(board.supervisor for board in boards),
        problems=tuple(problems),
    )


def _open(path: Path) -> Board | None:
    try:
        return Board(path)
    except (OSError, ValueError):  # it has just ended, or has another version
        return None


def _without_progress(boards: list[Board]) -> list[Board]:
    """Return the boards whose supervisors show no progress within three seconds."""
    before = {id(board): board.beats for board in boards}
    waiting, until = boards, time.monotonic() + _PATIENCE
    while waiting and time.monotonic() < until:
        time.sleep(_GLANCE)
        waiting = [board for board in waiting if board.beats == before[id(board)]]
    return waiting


def _unready(board: Board) -> list[str]:
    """Return why this supervisor's cluster executes no steps."""
    name = f"The cluster of supervisor {board.supervisor}"
    if board.is_stopping:
        return [f"{name} is stopping."]
    if board.phase is not Phase.RUNNING:
        return [f"{name} is starting (restarts so far: {board.restarts})."]
    running = {slot.kind for slot in board.slots() if slot.pid}
    missing = sorted(kind.name.lower() for kind in set(Kind) - {Kind.FREE} - running)
    return [f"{name} has no {kind}." for kind in missing]


def _database_problems() -> list[str]:
    alias = conf.database()
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        return [f"Database {alias!r} doesn't answer: {error}".rstrip(". \n") + "."]
    return []
