"""What the pusher knows of workers and monitor."""

from __future__ import annotations

import os

import pytest

from squid_mesh.dispatch import pulse as module
from squid_mesh.dispatch.pulse import Event, Pulse

Clock = list[float]


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Clock:
    moment = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: moment[0])
    return moment


def test_started_deliveries_are_counted() -> None:
    pulse = Pulse()
    for _ in range(3):
        pulse.record(Event.STARTED)
    pulse.read()
    assert pulse.started == 3


def test_a_worker_looks_from_its_start_until_it_says_so_or_ends_or_for_a_second(now: Clock) -> None:
    pulse = Pulse()

    def count_looking(*events: Event) -> int:
        for event in events:
            pulse.record(event)
        pulse.read()
        return pulse.looking()

    assert count_looking(Event.STARTED) == 1
    assert count_looking(Event.LOOKED) == 0
    assert count_looking(Event.STARTED, Event.ENDED) == 0
    assert count_looking(Event.STARTED) == 1
    now[0] += 1
    assert count_looking() == 0


def test_a_delivery_waits_from_its_sending_until_a_worker_starts_one(now: Clock) -> None:
    pulse = Pulse()
    assert pulse.unstarted_seconds(2) == 0
    pulse.note_sent()
    now[0] += 20
    pulse.note_sent()
    assert pulse.unstarted_seconds(2) == 20
    pulse.record(Event.STARTED)
    pulse.read()
    assert pulse.unstarted_seconds(2) == 0


def test_a_delivery_may_wait_while_all_workers_are_busy(now: Clock) -> None:
    pulse = Pulse()
    pulse.record(Event.STARTED)
    pulse.read()
    pulse.note_sent()
    now[0] += 20
    assert pulse.unstarted_seconds(workers=1) == 0
    assert pulse.unstarted_seconds(workers=2) == 20


def test_a_dead_worker_is_not_busy(now: Clock) -> None:
    pulse = Pulse()
    os.write(pulse._writing, module._RECORD.pack(Event.STARTED.value, 2**22 + 1))  # no such process
    pulse.read()
    pulse.note_sent()
    now[0] += 20
    assert pulse.unstarted_seconds(workers=1) == 20


def test_a_result_waits_until_the_monitor_has_handled_one(now: Clock) -> None:
    pulse = Pulse()
    pulse.record(Event.STARTED)
    pulse.record(Event.ENDED)
    pulse.read()
    now[0] += 20
    assert pulse.unhandled_seconds() == 20
    pulse.record(Event.HANDLED)
    pulse.read()
    assert pulse.unhandled_seconds() == 0


def test_a_full_pipe_blocks_no_worker() -> None:
    pulse = Pulse()
    for _ in range(20_000):
        pulse.record(Event.STARTED)
    pulse.read()
    assert 1000 < pulse.started < 20_000
