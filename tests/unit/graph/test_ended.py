"""How a step's end counts: the label it takes, and whether it fails its run."""

from __future__ import annotations

import pytest

from squid_mesh.definitions.blueprint import Blueprint, Edge, StepBlueprint
from squid_mesh.graph.ended import collect_ended, fails_run, has_ended, taken_label
from squid_mesh.lifecycle import StepStatus
from tests.unit.graph.test_rewind import Visit

GRAPH = Blueprint(
    workflow="shop.Order",
    steps=tuple(StepBlueprint(name=name, target="shop:run") for name in ("pay", "mail", "repair")),
    edges=(
        Edge(source="pay", outcome="ok", target="mail"),
        Edge(source="pay", outcome="error", target="repair"),
        Edge(source="pay", outcome="declined", target="fail"),
        Edge(source="repair", outcome="error", target="complete"),
        Edge(source="repair", outcome="error", target="fail"),
    ),
)


@pytest.mark.parametrize("status", list(StepStatus))
def test_a_step_has_ended_if_it_never_changes_without_a_person(status: StepStatus) -> None:
    ends = {"completed", "failed", "skipped", "bypassed", "cancelled"}
    assert has_ended(status) is (status.value in ends)


@pytest.mark.parametrize(
    ("status", "label"),
    [
        (StepStatus.COMPLETED, "paid"),
        (StepStatus.FAILED, "paid"),
        (StepStatus.BYPASSED, "ok"),
        (StepStatus.SKIPPED, None),
        (StepStatus.CANCELLED, None),
        (StepStatus.RUNNING, None),
    ],
)
def test_an_end_takes_the_edges_of_its_label(status: StepStatus, label: str | None) -> None:
    assert taken_label(status, "paid") == label


@pytest.mark.parametrize(
    ("step", "label", "fails"),
    [
        ("pay", "ok", False),
        ("pay", "error", False),
        ("pay", "declined", True),
        ("pay", "other", False),
        ("pay", None, False),
        ("mail", "error", True),
        ("mail", "ok", False),
        ("repair", "error", True),
    ],
)
def test_an_error_on_no_edge_or_an_edge_to_fail_fails_the_run(
    step: str, label: str | None, fails: bool
) -> None:
    assert fails_run(GRAPH, step, label) is fails


def test_a_step_that_fails_the_run_has_no_label() -> None:
    mail = Visit("mail", StepStatus.FAILED, "error")
    ended = collect_ended(GRAPH, [Visit("pay"), mail, Visit("repair", StepStatus.RUNNING, "")])
    assert ended.labels == {"pay": "ok"}
    assert ended.failing == [mail]
