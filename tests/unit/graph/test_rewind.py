"""Which steps a rewind takes back, what the run reaches then, and when a route may not go back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from squid_mesh.definitions.blueprint import Blueprint, Edge, StepBlueprint
from squid_mesh.graph.advance import Reached
from squid_mesh.graph.rewind import find_downstream, find_repeated, find_rewind, rewind_by_route, rewind_to
from squid_mesh.lifecycle import StepStatus

BACK = Edge(source="check", outcome="again", target="ship", rewind=True, max_visits=3)
#: load >> ship >> check, load >> note >> (check >> last, first of both), check.on("again") goes back to ship
GRAPH = Blueprint(
    workflow="shop.Order",
    steps=(
        StepBlueprint(name="load", target="shop:run"),
        StepBlueprint(name="ship", target="shop:run", irreversible=True),
        StepBlueprint(name="note", target="shop:run"),
        StepBlueprint(name="check", target="shop:run"),
        StepBlueprint(name="last", target="shop:run", join="first"),
    ),
    edges=(
        Edge(source="load", outcome="ok", target="ship"),
        Edge(source="load", outcome="ok", target="note"),
        Edge(source="ship", outcome="ok", target="check"),
        Edge(source="check", outcome="ok", target="last"),
        Edge(source="note", outcome="ok", target="last"),
        Edge(source="check", outcome="again", target="complete"),
        BACK,
    ),
)


@dataclass
class Visit:
    """A visit as the rules see it."""

    name: str
    status: StepStatus = StepStatus.COMPLETED
    outcome: str = "ok"
    crashes: int = 0


def route(*others: Visit, last: int = 1, edge: Edge = BACK) -> Reached:
    return rewind_by_route(edge, GRAPH, Visit("check", outcome="again"), others, last)


def test_a_rewind_edge_is_found_by_its_label() -> None:
    assert find_rewind(GRAPH, "check", "again") == BACK
    assert find_rewind(GRAPH, "check", "ok") is None
    assert find_rewind(GRAPH, "ship", "again") is None


def test_downstream_are_the_step_and_all_that_paths_lead_to() -> None:
    assert set(find_downstream(GRAPH, "ship")) == {"ship", "check", "last"}
    assert find_downstream(GRAPH, "last") == ("last",)


@pytest.mark.parametrize(
    ("visit", "repeated"),
    [
        (Visit("ship"), True),
        (Visit("ship", StepStatus.RUNNING), True),
        (Visit("ship", StepStatus.UNKNOWN, crashes=1), True),
        (Visit("ship", StepStatus.READY, crashes=2), True),
        (Visit("ship", StepStatus.FAILED), False),
        (Visit("ship", StepStatus.BYPASSED), False),
        (Visit("load"), False),
    ],
)
def test_an_irreversible_step_is_repeated_if_it_may_have_happened(visit: Visit, repeated: bool) -> None:
    assert find_repeated([visit, visit], GRAPH) == (("ship",) if repeated else ())


def test_going_back_makes_the_target_ready_and_takes_back_what_follows_it() -> None:
    visits = [Visit("load"), Visit("ship"), Visit("note"), Visit("check", outcome="again"), Visit("last")]
    reached = rewind_to("check", GRAPH, visits)
    assert reached.ready == ("check", "last"), "the join is satisfied by its other path"
    assert reached.skipped == ()
    assert set(reached.taken_back) == {"check", "last"}
    assert not reached.failed


def test_going_back_waits_for_a_path_that_has_not_ended() -> None:
    visits = [Visit("load"), Visit("ship"), Visit("note", StepStatus.RUNNING, ""), Visit("check")]
    assert rewind_to("check", GRAPH, visits).ready == ("check",)


def test_a_route_goes_back_while_visits_are_left() -> None:
    bypassed = Visit("ship", StepStatus.BYPASSED)
    assert route(bypassed, last=2).ready == ("ship",)
    assert route(bypassed, last=99, edge=BACK.model_copy(update={"max_visits": None})).ready == ("ship",)


@pytest.mark.parametrize("last", [3, 4])
def test_a_route_fails_the_run_after_the_last_visit(last: int) -> None:
    assert route(last=last) == Reached(
        failed=True,
        cause={
            "type": "Rewind",
            "code": "max_visits",
            "message": f"Step check ended with 'again', which goes back to ship, "
            f"but ship has had its {last} visits.",
        },
    )


def test_a_route_fails_the_run_if_it_would_repeat_an_irreversible_step() -> None:
    cause: Any = route(Visit("ship")).cause
    assert cause == {
        "type": "Rewind",
        "code": "irreversible_steps",
        "message": "Step check ended with 'again', which goes back to ship, "
        "but that would repeat irreversible steps: ship.",
        "steps": ["ship"],
    }


def test_a_route_ignores_irreversible_steps_that_it_does_not_repeat() -> None:
    edge = Edge(source="check", outcome="again", target="check", rewind=True)
    assert route(Visit("ship"), Visit("note", StepStatus.READY, ""), edge=edge).ready == ("check",)
