"""The board: words that processes share without a lock."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID, uuid4

import pytest

from squid_mesh.processes.board import Board, Kind, Phase, Stop


@pytest.fixture
def board(tmp_path: Path) -> Board:
    return Board.create(tmp_path / "a.board", slots=4, supervisor=4711)


def test_a_new_board_is_empty(board: Board) -> None:
    assert (board.supervisor, board.beats, board.restarts) == (4711, 0, 0)
    assert (board.stop, board.phase, board.is_ready) == (Stop.NO, Phase.STARTING, False)
    assert board.slots() == []


def test_another_process_sees_what_one_writes(board: Board, tmp_path: Path) -> None:
    other = Board(tmp_path / "a.board")
    slot = board.take_slot(Kind.WORKER)
    assert slot is not None
    slot.occupy(7, 99)
    slot.beat()
    slot.set_busy(True)
    board.beat()
    board.phase = Phase.RUNNING
    (seen,) = other.slots()
    assert (seen.kind, seen.beats, seen.is_busy, seen.started) == (Kind.WORKER, 1, True, 99)
    assert (other.beats, other.phase) == (1, Phase.RUNNING)


def test_a_file_of_another_kind_is_no_board(tmp_path: Path) -> None:
    path = tmp_path / "b.board"
    path.write_bytes(b"\1" * 4096)
    with pytest.raises(ValueError, match="not a board"):
        Board(path)


def test_a_full_board_has_no_slot_until_one_is_cleared(board: Board) -> None:
    taken = [board.take_slot(Kind.WORKER) for _ in range(4)]
    assert board.take_slot(Kind.WORKER) is None
    first = taken[0]
    assert first is not None
    first.set_busy(True)
    first.add_token(uuid4())
    first.clear()
    again = board.take_slot(Kind.MONITOR)
    assert again is not None
    assert (again.number, again.is_busy, again.tokens(), again.pid) == (0, False, [], 0)


def test_a_cleared_slot_keeps_its_timer(board: Board) -> None:
    slot = board.take_slot(Kind.WORKER)
    assert slot is not None
    slot.set_timer(5.0, 10.0)
    slot.clear()
    assert slot.read_timer() == (5.0, 10.0)


def test_a_slot_keeps_the_tokens_of_the_last_claims(board: Board) -> None:
    slot = board.take_slot(Kind.WORKER)
    assert slot is not None
    tokens = [uuid4() for _ in range(40)]
    for token in [UUID(int=1), *tokens]:
        slot.add_token(token)
    assert set(slot.tokens()) == set(tokens[-len(slot.tokens()) :])
    assert len(slot.tokens()) > 20


def test_a_second_request_counts_only_if_it_is_no_copy_of_the_first(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    seen: list[Stop] = []
    for wait, ask in [
        (0.0, board.insist_on_stop),
        (0.1, board.insist_on_stop),
        (0.3, board.request_stop),
        (0.0, board.insist_on_stop),
    ]:
        now[0] += wait
        ask()
        seen.append(board.stop)
    assert seen == [Stop.GRACEFUL, Stop.GRACEFUL, Stop.GRACEFUL, Stop.NOW]
