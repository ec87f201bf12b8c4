"""How outputs are merged into the state."""

from __future__ import annotations

from squid_mesh.definitions.blueprint import Blueprint, StepBlueprint
from squid_mesh.graph.state import merge_outputs

GRAPH = Blueprint(
    workflow="host.Graph",
    steps=(
        StepBlueprint(name="a", target="host:act"),
        StepBlueprint(name="kept", target="host:act", output="key"),
    ),
)


def test_a_dict_is_merged_and_a_named_output_stands_under_its_key() -> None:
    outputs = [("a", {"n": 2, "m": 3}), ("kept", {"n": 4})]
    assert merge_outputs(GRAPH, {"n": 1}, outputs) == {"n": 2, "m": 3, "key": {"n": 4}}


def test_the_last_output_wins() -> None:
    assert merge_outputs(GRAPH, {}, [("a", {"n": 1}), ("a", {"n": 2})]) == {"n": 2}


def test_no_output_adds_nothing_and_the_payload_stays_as_it_was() -> None:
    payload = {"n": 1}
    assert merge_outputs(GRAPH, payload, [("a", None), ("kept", 5)]) == {"n": 1, "key": 5}
    assert payload == {"n": 1}
