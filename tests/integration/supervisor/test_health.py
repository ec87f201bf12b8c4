"""The health command: from the boards of this project's supervisors, and from the database if asked."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from squid_mesh.exceptions import RuntimeFolderRefused
from squid_mesh.processes.board import Board, Kind, Phase
from squid_mesh.supervisor.runtime import board_path, find_boards
from tests.host.shell import shell


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "runtime"
    with override_settings(SQUID_MESH={"RUNTIME_DIR": str(path)}):
        yield path


@pytest.fixture
def beating() -> Iterator[Board]:
    """A board whose supervisor makes progress."""
    board = Board.create(board_path(), slots=16, supervisor=os.getpid())
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(0.05):
            board.beat()

    thread = threading.Thread(target=beat)
    thread.start()
    yield board
    ended.set()
    thread.join()


def start_all(board: Board) -> None:
    """Let all kinds of processes run."""
    for kind in set(Kind) - {Kind.FREE}:
        slot = board.take_slot(kind)
        assert slot is not None
        slot.occupy(os.getpid(), 0)
    board.phase = Phase.RUNNING


def test_without_a_supervisor_it_is_not_alive() -> None:
    result = shell("health")
    assert result.code == 1
    assert "No manage.py squid_mesh worker" in result.out


def test_a_starting_cluster_is_alive_and_not_ready(beating: Board) -> None:
    assert shell("health").code == 0
    result = shell("health", "--ready")
    assert result.code == 1
    assert "is starting" in result.out


def test_a_running_cluster_is_ready(beating: Board) -> None:
    start_all(beating)
    assert shell("health", "--ready").code == 0
    assert shell("health", "--ready", "--json").json == {
        "live": True,
        "ready": True,
        "supervisors": [os.getpid()],
        "problems": [],
    }


def test_a_cluster_without_a_pusher_is_alive_and_not_ready(beating: Board) -> None:
    start_all(beating)
    next(slot for slot in beating.slots() if slot.kind is Kind.PUSHER).clear()
    assert shell("health").code == 0
    assert "has no pusher" in shell("health", "--ready").out


def test_a_stopping_cluster_is_alive_and_not_ready(beating: Board) -> None:
    start_all(beating)
    beating.request_stop()
    assert shell("health").code == 0
    assert "is stopping" in shell("health", "--ready").out


def test_a_supervisor_without_progress_is_not_alive() -> None:
    start_all(Board.create(board_path(), slots=16, supervisor=os.getpid()))
    result = shell("health")
    assert result.code == 1
    assert "makes no progress" in result.out


def test_the_boards_of_killed_supervisors_are_removed_by_the_next_one(folder: Path) -> None:
    Board.create(board_path(), slots=1, supervisor=os.getpid())
    (own,) = find_boards()
    abandoned = own.with_name(f"{own.stem.rpartition('-')[0]}-{2**22 + 1}.board")
    own.rename(abandoned)
    assert find_boards() == [abandoned]
    board_path()
    assert find_boards() == []


def test_the_folder_belongs_to_its_user_alone(folder: Path) -> None:
    board_path()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    folder.chmod(0o777)
    with pytest.raises(RuntimeFolderRefused) as refused:
        board_path()
    assert refused.value.details == {"folder": str(folder)}
