"""Which label a step takes at its end, and which ends fail the run."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from squid_mesh.definitions.blueprint import Blueprint, Edge, StepBlueprint
from squid_mesh.graph.ended import collect_ended, fails_run, has_ended, taken_label
from squid_mesh.lifecycle import ENDED_STEP, OPEN_STEP, StepStatus, StoredStepStatus, Unrecognized

NEWER = Unrecognized("compensating")
GRAPH = Blueprint(
    workflow="host.Graph",
    steps=tuple(StepBlueprint(name=name, target="host:act") for name in ("a", "b", "c")),
    edges=(
        Edge(source="a", outcome="ok", target="b"),
        Edge(source="a", outcome="bad", target="fail"),
        Edge(source="b", outcome="error", target="c"),
    ),
)


@dataclass(frozen=True)
class Row:
    name: str
    status: StoredStepStatus
    outcome: str = ""


def test_every_status_is_pending_open_or_ended() -> None:
    assert ENDED_STEP | OPEN_STEP | {StepStatus.PENDING} == set(StepStatus)
    assert not ENDED_STEP & OPEN_STEP


@pytest.mark.parametrize("status", [*StepStatus, NEWER])
def test_only_an_ended_step_takes_a_label(status: StoredStepStatus) -> None:
    label = taken_label(status, "mine")
    match status:
        case StepStatus.COMPLETED | StepStatus.FAILED:
            assert label == "mine"
        case StepStatus.BYPASSED:
            assert label == "ok"
        case _:
            assert label is None
    assert has_ended(status) is (status in ENDED_STEP)


@pytest.mark.parametrize(
    ("name", "label", "expected"),
    [
        ("a", "ok", False),
        ("a", "bad", True),
        ("a", "error", True),
        ("b", "error", False),
        ("c", "error", True),
        ("c", "ok", False),
        ("c", None, False),
    ],
)
def test_an_error_on_no_edge_and_an_edge_to_fail_fail_the_run(
    name: str, label: str | None, expected: bool
) -> None:
    assert fails_run(GRAPH, name, label) is expected


def test_a_step_that_fails_the_run_has_no_label() -> None:
    failed = Row("a", StepStatus.FAILED, "error")
    ended = collect_ended(GRAPH, [failed, Row("b", StepStatus.SKIPPED), Row("c", NEWER)])
    assert ended.labels == {"b": None}
    assert ended.failing == [failed]
