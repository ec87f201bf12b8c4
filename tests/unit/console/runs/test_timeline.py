"""The timeline: bars inside the picture, waits between attempts, ticks at round distances."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from squid_mesh import api
from squid_mesh.console.labels.times import format_duration
from squid_mesh.console.runs.timeline import LABELS, WIDTH, draw_timeline
from squid_mesh.lifecycle import AttemptOutcome, RunStatus, StepStatus

START = datetime(2026, 11, 24, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def attempt(number: int, start: float, end: float, outcome: str = "completed") -> api.AttemptSnapshot:
    return api.AttemptSnapshot(
        number=number,
        kind="run",
        worker="w",
        started_at=at(start),
        ended_at=at(end),
        outcome=AttemptOutcome(outcome),
        error=None,
    )


def run(*steps: api.StepSnapshot, finished: float | None = None) -> api.RunSnapshot:
    return api.RunSnapshot(
        id=UUID(int=1),
        workflow="host.Chain",
        trigger="manual",
        status=RunStatus.RUNNING if finished is None else RunStatus.COMPLETED,
        error=None,
        idempotency_key=None,
        subject=None,
        tags=(),
        replay_of=None,
        created_at=START,
        started_at=START,
        finished_at=None if finished is None else at(finished),
        payload={},
        state={},
        schedule=None,
        fingerprint="f",
        steps=steps,
    )


def step(name: str, *attempts: api.AttemptSnapshot, **more: Any) -> api.StepSnapshot:
    started = attempts[0].started_at if attempts else None
    return api.StepSnapshot(name=name, attempts=attempts, **{"started_at": started, **more})


def test_a_run_without_started_steps_has_no_timeline() -> None:
    assert draw_timeline(run(step("one")), at(1)) is None


def test_a_bar_for_each_attempt_and_each_wait_between_them() -> None:
    done = step(
        "one",
        attempt(1, 0, 10, "failed"),
        attempt(2, 50, 60),
        status=StepStatus.COMPLETED,
        finished_at=at(60),
    )
    drawn = draw_timeline(run(done, finished=100), at(500))
    assert drawn is not None
    (row,) = drawn.rows
    assert [(bar.waiting, bar.tone) for bar in row.bars] == [(False, "bad"), (True, "idle"), (False, "good")]
    first, wait, second = row.bars
    assert first.x == LABELS
    assert wait.x == pytest.approx(first.x + first.width, abs=0.2)
    assert second.x == pytest.approx(LABELS + (WIDTH - LABELS - 8) / 2, abs=0.2)
    assert "attempt 2" in second.text


def test_rows_are_ordered_by_their_start() -> None:
    late = step("late", attempt(1, 5, 6), status=StepStatus.COMPLETED)
    early = step("early", attempt(1, 1, 2), status=StepStatus.COMPLETED)
    drawn = draw_timeline(run(late, early, finished=6), at(9))
    assert drawn is not None
    assert [row.label for row in drawn.rows] == ["early", "late"]


def test_the_bar_of_an_unfinished_step_ends_now() -> None:
    running = step("runs", started_at=at(1), status=StepStatus.RUNNING)
    held = step("held", attempt(1, 0, 1, "waiting"), status=StepStatus.PAUSED, waiting_for="approval")
    drawn = draw_timeline(run(running, held), at(10))
    assert drawn is not None
    waits, runs = drawn.rows
    assert runs.bars[-1].tone == "busy"
    assert waits.bars[-1].waiting
    for row in drawn.rows:
        assert row.bars[-1].x + row.bars[-1].width == pytest.approx(WIDTH - 8, abs=0.3)


@pytest.mark.parametrize("seconds", [0.0, 0.003, 1.0, 59.0, 4000.0, 3e6, 1e9])
def test_every_bar_is_inside_the_svg_and_there_are_at_most_8_ticks(seconds: float) -> None:
    done = step("one", attempt(1, 0, seconds), status=StepStatus.COMPLETED, finished_at=at(seconds))
    drawn = draw_timeline(run(done, finished=seconds), at(seconds))
    assert drawn is not None
    assert 1 <= len(drawn.ticks) <= 8
    for bar in drawn.rows[0].bars:
        assert bar.x >= LABELS
        assert bar.width > 0
        assert bar.x + bar.width <= WIDTH


def test_visits_beyond_the_80th_are_counted() -> None:
    steps = [step(f"s{n}", attempt(1, n, n + 1), status=StepStatus.COMPLETED) for n in range(90)]
    drawn = draw_timeline(run(*steps, finished=100), at(100))
    assert drawn is not None
    assert (len(drawn.rows), drawn.left_out) == (80, 10)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0 ms"),
        (0.25, "250 ms"),
        (2.5, "2.5 s"),
        (12, "12 s"),
        (60, "1 min"),
        (185, "3 min 5 s"),
        (7800, "2 h 10 min"),
        (97200, "1 d 3 h"),
    ],
)
def test_a_duration_has_at_most_two_units(seconds: float, text: str) -> None:
    assert format_duration(timedelta(seconds=seconds)) == text
