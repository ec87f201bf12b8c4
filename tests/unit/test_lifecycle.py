"""The stored values, the statuses' groups, and the only moves between them."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import pytest
from pydantic import TypeAdapter

from squid_mesh import lifecycle
from squid_mesh.exceptions import IllegalMove
from squid_mesh.lifecycle import (
    AttemptOutcome,
    EventType,
    RunStatus,
    StepStatus,
    Unrecognized,
    WaitingFor,
    after_lost_worker,
    move_run,
    move_step,
    move_step_by_hand,
    read_value,
    reopen_run,
)

ACTIVE = {"pending", "running", "retrying", "waiting", "paused"}
ENDING = {"failing": {"failed"}, "cancelling": {"cancelled"}}
FINISHED = {"completed", "failed", "cancelled"}
STEP_MOVES = {
    "pending": {"ready", "running", "skipped"},
    "ready": {"running", "cancelled"},
    "running": {
        *("ready", "waiting", "paused", "unknown"),
        *("completed", "failed", "bypassed", "cancelled"),
    },
    "waiting": {"running", "cancelled"},
    "paused": {"running", "cancelled"},
    "unknown": {"cancelled"},
}
BY_HAND = {
    "ready": {"bypassed"},
    "waiting": {"ready", "completed", "failed", "bypassed"},
    "paused": {"ready", "completed", "failed", "bypassed"},
    "unknown": {"ready", "completed", "failed", "bypassed"},
    "failed": {"ready", "completed", "bypassed"},
    "cancelled": {"ready"},
}


def test_a_member_is_stored_as_its_name_in_lower_case() -> None:
    kinds: tuple[type[StrEnum], ...] = (RunStatus, StepStatus, WaitingFor, AttemptOutcome, EventType)
    for kind in kinds:
        assert [member.value for member in kind] == [name.lower() for name in kind.__members__]


@pytest.mark.parametrize(
    ("stored", "kind"),
    [
        (lifecycle.StoredRunStatus, RunStatus),
        (lifecycle.StoredStepStatus, StepStatus),
        (lifecycle.StoredWaitingFor, WaitingFor),
        (lifecycle.StoredOutcome, AttemptOutcome),
        (lifecycle.StoredEventType, EventType),
    ],
)
def test_a_stored_value_is_read_as_its_member_or_as_unrecognized(stored: Any, kind: type[StrEnum]) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(stored)
    for member in kind:
        assert adapter.validate_python(member.value) is member
        assert adapter.validate_json(f'"{member.value}"') is member
        assert read_value(kind, member.value) is member
    newer = adapter.validate_json('"of a newer version"')
    assert type(newer) is Unrecognized
    assert newer.value == "of a newer version"
    assert adapter.dump_python(newer, mode="json") == "of a newer version"
    assert adapter.dump_json(newer) == b'"of a newer version"'
    assert type(read_value(kind, "of a newer version")) is Unrecognized


def test_the_groups_of_statuses_share_out_all_of_them() -> None:
    assert lifecycle.ACTIVE_RUN == ACTIVE
    assert set(ENDING) == lifecycle.ENDING_RUN
    assert lifecycle.FINISHED_RUN == FINISHED
    assert lifecycle.OPEN_STEP | lifecycle.ENDED_STEP | {StepStatus.PENDING} == set(StepStatus)
    assert {"ready", "running", "waiting", "paused", "unknown"} == lifecycle.OPEN_STEP
    assert not lifecycle.OPEN_STEP & lifecycle.ENDED_STEP


def test_the_ends_of_a_run_have_events_of_their_own() -> None:
    recorded = {status.value: event.value for status, event in lifecycle.RUN_EVENTS.items()}
    assert recorded == {name: f"run_{name}" for name in FINISHED | set(ENDING)}


@pytest.mark.parametrize("before", list(RunStatus))
@pytest.mark.parametrize("after", list(RunStatus))
def test_a_run_moves_only_as_the_table_says(before: RunStatus, after: RunStatus) -> None:
    legal = ENDING.get(before, set())
    if before in ACTIVE:
        legal = (ACTIVE | FINISHED | set(ENDING)) - {"pending", before.value}
    if after.value in legal:
        assert move_run(before, after) is after
        return
    with pytest.raises(IllegalMove) as refused:
        move_run(before, after)
    assert refused.value.details == {"before": before, "after": after}


@pytest.mark.parametrize("before", list(StepStatus))
@pytest.mark.parametrize("after", list(StepStatus))
def test_a_step_moves_only_as_the_tables_say(before: StepStatus, after: StepStatus) -> None:
    for move, table in ((move_step, STEP_MOVES), (move_step_by_hand, BY_HAND)):
        if after.value in table.get(before.value, set()):
            assert move(before, after) is after
            continue
        with pytest.raises(IllegalMove) as refused:
            move(before, after)
        assert refused.value.details == {"before": before, "after": after}


@pytest.mark.parametrize("before", list(RunStatus))
@pytest.mark.parametrize("after", list(RunStatus))
def test_a_finished_run_is_reopened_only_to_run(before: RunStatus, after: RunStatus) -> None:
    if before in ("completed", "failed") and after == "running":
        assert reopen_run(before, after) is after
        assert reopen_run(before) is RunStatus.RUNNING
        return
    with pytest.raises(IllegalMove) as refused:
        reopen_run(before, after)
    assert refused.value.details == {"before": before, "after": after}


@pytest.mark.parametrize(
    ("run", "on_crash", "crashes", "expected"),
    [
        ("running", "retry", 1, ("ready", None)),
        ("running", "retry", 2, ("paused", "crash_cap")),
        ("running", "retry", 3, ("paused", "crash_cap")),
        ("failing", "retry", 1, ("cancelled", None)),
        ("cancelling", "retry", 2, ("cancelled", None)),
        ("running", "pause", 1, ("unknown", "outcome")),
        ("failing", "pause", 9, ("unknown", "outcome")),
    ],
)
def test_a_step_of_a_dead_worker_is_ready_until_its_cap(
    run: str, on_crash: str, crashes: int, expected: tuple[str, str | None]
) -> None:
    assert after_lost_worker(RunStatus(run), on_crash=on_crash, crashes=crashes, cap=2) == expected
