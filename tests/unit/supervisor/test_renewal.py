"""Which leases the supervisor renews."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from squid_mesh.processes.board import Board, Kind, Slot
from squid_mesh.processes.executing import Executing
from squid_mesh.processes.state import State
from squid_mesh.supervisor import renewal
from squid_mesh.supervisor.renewal import Renewal

LEASE = 30.0


def executing(renewed: float, deadline: float | None = None) -> Executing:
    return Executing(token=uuid4(), lease=LEASE, renewed=renewed, deadline=deadline)


@pytest.mark.parametrize(
    ("age", "is_due"),
    [(0.0, False), (LEASE / 3, False), (LEASE / 2 - 0.1, False), (LEASE / 2, True), (10 * LEASE, True)],
)
def test_a_lease_is_renewed_if_its_worker_has_not_done_so_after_half_of_it(age: float, is_due: bool) -> None:
    assert Renewal().is_due(executing(renewed=100.0), 100.0 + age) is is_due


def test_a_step_beyond_its_deadline_keeps_no_lease() -> None:
    held = executing(renewed=100.0, deadline=120.0)
    assert Renewal().is_due(held, 119.0)
    assert not Renewal().is_due(held, 120.0)


class Worker:
    """A slot that shows a claim, and a supervisor whose children do nothing but end as the test says."""

    def __init__(self, board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
        slot = board.take_slot(Kind.WORKER)
        assert slot is not None
        self.board, self.slot, self.now, self.asked = board, slot, 1000.0, 0
        slot.occupy(os.getpid(), 0)
        slot.set_busy(True)
        slot.places.show(0, executing(renewed=self.now))
        self.renewal = Renewal()
        self.child: Any = self.renewal._child
        monkeypatch.setattr("time.monotonic", lambda: self.now)
        monkeypatch.setattr(self.child, "start", self.start)

    def start(self, work: Any) -> None:
        self.asked += 1
        self.child.started_at = self.now

    def after(self, seconds: float) -> int:
        """Return how many children were started when that much time has passed."""
        self.now += seconds
        self.renewal.go_on(self.board)
        return self.asked


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worker:
    return Worker(Board.create(tmp_path / "a.board", slots=1, supervisor=1), monkeypatch)


def test_a_renewed_lease_is_renewed_again_after_half_of_it(worker: Worker) -> None:
    assert worker.after(LEASE / 2) == 1
    worker.child.succeeded = True
    assert worker.after(1) == 1
    assert worker.after(LEASE / 2 - 2) == 1
    assert worker.after(1) == 2


def test_a_renewal_that_failed_is_repeated_before_the_lease_ends(worker: Worker) -> None:
    assert worker.after(LEASE / 2) == 1
    assert worker.after(1) == 1
    assert worker.after(LEASE / 6 - 1) == 2
    assert worker.after(LEASE / 6) == 3


def stop(slot: Slot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renewal, "read_state", lambda pid, started: State.STOPPED)


def be_idle(slot: Slot, monkeypatch: pytest.MonkeyPatch) -> None:
    slot.set_busy(False)


def end_step(slot: Slot, monkeypatch: pytest.MonkeyPatch) -> None:
    slot.places.hide(0)


@pytest.mark.parametrize("do", [stop, be_idle, end_step])
def test_no_lease_of_a_worker_that_does_not_work_is_renewed(
    worker: Worker, monkeypatch: pytest.MonkeyPatch, do: Any
) -> None:
    do(worker.slot, monkeypatch)
    assert worker.after(LEASE) == 0
