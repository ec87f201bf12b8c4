"""What going back takes back, leads to, and refuses."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from squid_mesh.definitions.blueprint import Blueprint, Edge, StepBlueprint
from squid_mesh.graph.rewind import find_downstream, find_repeated, find_rewind, rewind_by_route, rewind_to
from squid_mesh.lifecycle import StepStatus, StoredStepStatus, Unrecognized

AGAIN = Edge(source="check", outcome="again", target="load", rewind=True, max_visits=3)
GRAPH = Blueprint(
    workflow="host.Graph",
    steps=(
        StepBlueprint(name="load", target="host:act"),
        StepBlueprint(name="pay", target="host:act", irreversible=True),
        StepBlueprint(name="check", target="host:act"),
        StepBlueprint(name="beside", target="host:act"),
        StepBlueprint(name="join", target="host:act", join="first"),
    ),
    edges=(
        Edge(source="load", outcome="ok", target="pay"),
        Edge(source="pay", outcome="ok", target="check"),
        Edge(source="check", outcome="ok", target="join"),
        Edge(source="beside", outcome="ok", target="join"),
        AGAIN,
    ),
)


@dataclass(frozen=True)
class Row:
    name: str
    status: StoredStepStatus = StepStatus.COMPLETED
    outcome: str = "ok"
    crashes: int = 0


CHECK = Row("check", outcome="again")


def test_downstream_follows_edges_and_no_rewinds() -> None:
    assert set(find_downstream(GRAPH, "pay")) == {"pay", "check", "join"}
    assert find_downstream(GRAPH, "join") == ("join",)


def test_only_the_rewinds_own_label_takes_it() -> None:
    assert find_rewind(GRAPH, "check", "again") == AGAIN
    assert find_rewind(GRAPH, "check", "ok") is None


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (Row("pay"), ("pay",)),
        (Row("pay", StepStatus.RUNNING), ("pay",)),
        (Row("pay", StepStatus.WAITING), ()),
        (Row("pay", StepStatus.WAITING, crashes=1), ("pay",)),
        (Row("load"), ()),
    ],
)
def test_an_irreversible_step_that_may_have_happened_is_repeated(row: Row, expected: tuple[str, ...]) -> None:
    assert find_repeated([row], GRAPH) == expected


def test_a_rewind_takes_back_everything_downstream_and_leaves_the_rest() -> None:
    reached = rewind_to("load", GRAPH, [Row("load"), CHECK, Row("beside", StepStatus.RUNNING, "")])
    assert reached.ready == ("load",)
    assert set(reached.taken_back) == {"load", "pay", "check", "join"}


def test_a_join_that_another_path_satisfies_is_ready_at_once() -> None:
    reached = rewind_to("load", GRAPH, [Row("load"), CHECK, Row("beside"), Row("join")])
    assert reached.ready == ("load", "join")


@pytest.mark.parametrize(
    ("others", "last", "code"),
    [
        ([Row("load")], 3, "max_visits"),
        ([Row("load"), Row("pay")], 1, "irreversible_steps"),
        ([Row("load"), Row("join", Unrecognized("compensating"), "")], 1, "newer_version"),
    ],
)
def test_a_route_fails_the_run_if_it_may_not_go_back(others: list[Row], last: int, code: str) -> None:
    reached = rewind_by_route(AGAIN, GRAPH, CHECK, others, last)
    assert reached.failed
    assert reached.cause is not None
    assert reached.cause.keys() >= {"type", "code", "message"}
    assert (reached.cause["type"], reached.cause["code"]) == ("Rewind", code)


def test_a_route_goes_back_where_nothing_forbids_it() -> None:
    reached = rewind_by_route(AGAIN, GRAPH, CHECK, [Row("load")], 2)
    assert not reached.failed
    assert reached.ready == ("load",)
