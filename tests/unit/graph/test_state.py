"""How outputs are merged into a run's state."""

from __future__ import annotations

from squid_mesh.definitions.blueprint import Blueprint, StepBlueprint
from squid_mesh.graph.state import merge_outputs

GRAPH = Blueprint(
    workflow="shop.Order",
    steps=(
        StepBlueprint(name="pay", target="shop:run", output="payment"),
        StepBlueprint(name="mail", target="shop:run"),
    ),
)


def test_an_output_stands_under_its_key_or_is_merged() -> None:
    payload = {"order": 1}
    state = merge_outputs(GRAPH, payload, [("pay", {"sum": 5}), ("mail", {"order": 2, "sent": True})])
    assert state == {"order": 2, "payment": {"sum": 5}, "sent": True}
    assert payload == {"order": 1}


def test_an_output_that_is_no_dict_needs_a_key() -> None:
    assert merge_outputs(GRAPH, {}, [("mail", 7), ("pay", 8)]) == {"payment": 8}
