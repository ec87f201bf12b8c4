"""The board: words that processes share without a lock."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from squid_mesh.processes import own
from squid_mesh.processes.board import Board, Kind, Phase, Stop
from squid_mesh.processes.executing import PLACES, Executing


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


def executing(*, lease: float = 30.0, renewed: float = 5.0, deadline: float | None = None) -> Executing:
    return Executing(token=uuid4(), lease=lease, renewed=renewed, deadline=deadline)


def test_a_slot_shows_what_is_executed_now(board: Board) -> None:
    slot = board.take_slot(Kind.WORKER)
    assert slot is not None
    one, other = executing(), executing(deadline=77.5, lease=2.0)
    slot.places.show(0, one)
    slot.places.show(7, other)
    slot.places.note_renewed(7, 6.5)
    assert slot.executing() == [one, replace(other, renewed=6.5)]
    slot.places.hide(0)
    assert [shown.token for shown in slot.executing()] == [other.token]
    slot.clear()
    assert slot.executing() == []


def test_what_is_just_being_written_is_not_read(board: Board) -> None:
    slot = board.take_slot(Kind.WORKER)
    assert slot is not None
    old, new = executing(deadline=1.0), executing(deadline=2.0)
    words = slot._words
    slot.places.show(0, old)
    before = words.tolist()
    slot.places.show(0, new)
    after = words.tolist()
    changed = [at for at, word in enumerate(before) if word != after[at]]
    assert len(changed) >= 5
    for half_written in range(1, 2 ** len(changed) - 1):
        for n, at in enumerate(changed):
            words[at] = after[at] if half_written >> n & 1 else before[at]
        assert slot.executing() == []


def test_a_reader_never_sees_parts_of_two_claims(board: Board, tmp_path: Path) -> None:
    slot = board.take_slot(Kind.WORKER)
    assert slot is not None
    (reader,) = Board(tmp_path / "a.board").slots()
    claims = [executing(deadline=float(n), lease=float(n), renewed=0.0) for n in range(1, 50)]
    ended = threading.Event()

    def write() -> None:
        while not ended.is_set():
            for claim in claims:
                slot.places.show(3, claim)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        seen = {shown for _ in range(20_000) for shown in reader.executing()}
    finally:
        ended.set()
        thread.join()
    assert seen
    assert seen <= set(claims)


def test_threads_show_their_claims_at_places_of_their_own(board: Board) -> None:
    slot = board.take_slot(Kind.WORKER)
    assert slot is not None
    own.occupy(slot)
    try:
        shown = [own.show_execution(uuid4(), lease=60, renewed=0, deadline=9) for _ in range(PLACES + 2)]
        assert len({found.token for found in slot.executing()}) == PLACES
        assert [one is None for one in shown] == [False] * PLACES + [True] * 2
        claims = [one for one in shown if one is not None]
        claims[1].end_deadline(7.0)
        assert [found.renewed for found in slot.executing() if found.deadline is None] == [7.0]
        for one in claims:
            one.note_renewed(1.0)
            one.end()
            one.end()
        assert slot.executing() == []
        assert own.show_execution(uuid4(), lease=60, renewed=0, deadline=None) is not None
        assert len(slot.executing()) == 1
    finally:
        own._slot = None


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_forked_process_has_no_slot(board: Board) -> None:
    slot = board.take_slot(Kind.WORKER)
    assert slot is not None
    own.occupy(slot)
    try:
        child = os.fork()
        if child == 0:
            own.show_claim(uuid4())
            own.show_execution(uuid4(), lease=60, renewed=0, deadline=None)
            own.beat()
            own.set_busy(True)
            os._exit(0 if own.board() is None else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert own.board() is board
        assert (slot.tokens(), slot.executing(), slot.beats, slot.is_busy) == ([], [], 0, False)
    finally:
        own._slot = None


def test_threads_lose_no_token(board: Board) -> None:
    slot = board.take_slot(Kind.WORKER)
    assert slot is not None
    tokens = [uuid4() for _ in range(28)]
    threads = [threading.Thread(target=slot.add_token, args=(token,)) for token in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(slot.tokens()) == set(tokens)
