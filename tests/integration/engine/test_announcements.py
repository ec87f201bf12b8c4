"""The signals of runs and steps: every move once, in order, with its visit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

from squid_mesh import Outcome, api, signals
from squid_mesh.engine.settle.results import Done
from squid_mesh.models import StepRun
from tests.host import people, workflows
from tests.host.runs import claim, run_until_idle, settled

Capture = Callable[..., AbstractContextManager[list[Any]]]
Move = tuple[Any, ...]


@pytest.fixture
def moves() -> Iterator[list[Move]]:
    """Record what the signals announce: (run's status) or (step, visit, before, after, outcome)."""
    announced: list[Move] = []

    def record_run(sender: Any, **facts: Any) -> None:
        announced.append((facts["before"], facts["after"]))

    def record_step(sender: Any, **facts: Any) -> None:
        announced.append((facts["step"], facts["visit"], facts["before"], facts["after"], facts["outcome"]))

    signals.run_moved.connect(record_run)
    signals.step_moved.connect(record_step)
    yield announced
    signals.run_moved.disconnect(record_run)
    signals.step_moved.disconnect(record_step)


def test_a_sequential_run_announces_every_move(
    moves: list[Move], django_capture_on_commit_callbacks: Capture
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        api.start_run(workflows.Chain)
        run_until_idle()
    assert moves == [
        (None, "pending"),
        ("pending", "running"),
        ("one", 1, "ready", "running", ""),
        ("one", 1, "running", "completed", "ok"),
        ("two", 1, "pending", "running", ""),
        ("two", 1, "running", "completed", "ok"),
        ("three", 1, "pending", "running", ""),
        ("three", 1, "running", "completed", "ok"),
        ("running", "completed"),
    ]


def test_a_step_that_fails_its_run_announces_the_cancelled_steps(
    moves: list[Move], plan: dict[str, Any], django_capture_on_commit_callbacks: Capture
) -> None:
    run_id = api.start_run(people.TwoReviews).id
    run_until_idle()
    ada = people.person("ada", "squid_mesh.decide_approval")
    moves.clear()
    with django_capture_on_commit_callbacks(execute=True):
        api.reject_run(run_id, step="left", actor=ada)
    assert moves == [
        ("right", 1, "paused", "cancelled", ""),
        ("left", 1, "paused", "completed", "rejected"),
        ("paused", "failed"),
    ]


def test_a_skipped_step_is_announced_with_the_step_that_skips_it(
    moves: list[Move], plan: dict[str, Any], django_capture_on_commit_callbacks: Capture
) -> None:
    plan["risky"] = None
    run_id = api.start_run(workflows.Recovers).id
    moves.clear()
    with django_capture_on_commit_callbacks(execute=True):
        settled(claim(run_id))
    assert ("risky", 1, "running", "completed", "ok") in moves
    assert {move[0]: move[1:4] for move in moves if move[0] in ("fine", "repair")} == {
        "fine": (1, "pending", "ready"),
        "repair": (1, "pending", "skipped"),
    }


def test_a_rewind_announces_the_steps_that_it_takes_back(
    moves: list[Move], plan: dict[str, Any], django_capture_on_commit_callbacks: Capture
) -> None:
    plan["quick"] = [None, Outcome("again"), None]
    run_id = api.start_run(people.Overtakes).id
    settled(claim(run_id))
    StepRun.objects.filter(run_id=run_id, name="slow").update(due_at="2020-01-01T00:00:00Z")
    claim(run_id)
    quick = claim(run_id)
    moves.clear()

    with django_capture_on_commit_callbacks(execute=True):
        settled(quick, Done("again", None))
    assert moves == [
        ("slow", 1, "running", "cancelled", ""),
        ("quick", 1, "running", "completed", "again"),
        ("load", 2, "pending", "ready", ""),
    ]


def test_a_cancelled_run_announces_its_steps(
    moves: list[Move], django_capture_on_commit_callbacks: Capture
) -> None:
    run_id = api.start_run(workflows.Aside).id
    moves.clear()
    with django_capture_on_commit_callbacks(execute=True):
        api.cancel_run(run_id)
    assert moves == [
        ("left", 1, "ready", "cancelled", ""),
        ("right", 1, "ready", "cancelled", ""),
        ("pending", "cancelled"),
    ]
