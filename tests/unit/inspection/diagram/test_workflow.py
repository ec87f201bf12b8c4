"""What of a workflow is drawn."""

from __future__ import annotations

from typing import Any

from squid_mesh.definitions.blueprint import COMPLETE, FAIL, Blueprint, Edge, StepBlueprint
from squid_mesh.inspection.diagram.drawing import COMPLETED, FAILED, START, Drawing, DrawnEdge, Sign
from squid_mesh.inspection.diagram.workflow import draw_workflow
from tests.unit.definitions import examples
from tests.unit.inspection.diagram.graphs import blueprint, chain, edge


def drawn(flow: Blueprint) -> Drawing:
    return draw_workflow(flow)


def one_step(**facts: Any) -> Blueprint:
    return Blueprint(workflow="shop.Order", steps=(StepBlueprint(name="a", target="shop:act", **facts),))


def drawn_edge(drawing: Drawing, source: str, target: str) -> DrawnEdge:
    (found,) = [edge for edge in drawing.edges if (edge.source, edge.target) == (source, target)]
    return found


def signs(flow: Blueprint, name: str) -> list[Sign]:
    return [mark.sign for mark in drawn(flow).by_id[name].marks]


def test_a_chain_leads_from_the_start_to_the_good_end() -> None:
    drawing = drawn(chain("a", "b"))
    assert [node.id for node in drawing.nodes] == [START, "a", "b", COMPLETED]
    assert [(edge.source, edge.target) for edge in drawing.edges] == [
        (START, "a"),
        ("a", "b"),
        ("b", COMPLETED),
    ]


def test_the_start_leads_to_every_entry() -> None:
    drawing = drawn(blueprint("a", "b", "c", edges=[edge("a", "c"), edge("b", "c")]))
    assert {edge.target for edge in drawing.edges if edge.source == START} == {"a", "b"}


def test_an_outcome_is_the_label_and_ok_goes_without_saying() -> None:
    drawing = drawn(blueprint("a", "b", "c", edges=[edge("a", "b"), edge("a", "c", "late")]))
    assert (drawn_edge(drawing, "a", "b").label, drawn_edge(drawing, "a", "c").label) == ("", "late")


def test_outcomes_that_lead_to_the_same_step_share_an_edge() -> None:
    drawing = drawn(blueprint("a", "b", edges=[edge("a", "b", "late"), edge("a", "b")]))
    found = drawn_edge(drawing, "a", "b")
    assert (found.label, found.outcomes) == ("ok, late", ("ok", "late"))


def test_a_step_with_only_an_error_edge_also_leads_to_the_completed_end() -> None:
    drawing = drawn(blueprint("a", "b", edges=[edge("a", "b", "error")]))
    assert drawn_edge(drawing, "a", "b").error
    assert not drawn_edge(drawing, "a", COMPLETED).error


def test_recovery_is_named() -> None:
    to_b = Edge(source="a", outcome="error", target="b", recovery="undo")
    found = drawn_edge(drawn(blueprint("a", "b", edges=[to_b])), "a", "b")
    assert (found.label, found.recovery) == ("error, undo", "undo")


def test_a_rewind_leads_back_and_says_how_often() -> None:
    back = Edge(source="b", outcome="again", target="a", rewind=True, max_visits=3)
    drawing = drawn(blueprint("a", "b", edges=[edge("a", "b"), back]))
    found = drawn_edge(drawing, "b", "a")
    assert (found.back, found.label) == (True, "again")
    assert "at most 3 visits" in found.description
    assert drawn_edge(drawing, "b", COMPLETED).label == ""


def test_an_end_is_drawn_if_an_edge_leads_to_it() -> None:
    drawing = drawn(blueprint("a", edges=[edge("a", COMPLETE), edge("a", FAIL, "bad")]))
    assert drawn_edge(drawing, "a", COMPLETED).outcomes == ("ok",)
    assert drawn_edge(drawing, "a", FAILED).error


def test_each_of_many_edges_has_its_own_end() -> None:
    few, many = ("b", "c", "d"), ("b", "c", "d", "e")
    for names, ends in ((few, [COMPLETED]), (many, [f"{COMPLETED}:{name}" for name in many])):
        drawing = drawn(blueprint("a", *names, edges=[edge("a", name) for name in names]))
        assert [node.id for node in drawing.nodes if node.id.startswith(":complete")] == ends


def test_guards_joins_and_irreversible_steps_are_marked() -> None:
    facts: dict[str, Any] = {"when": "shop.rules:Rules.is_premium", "join": "all", "irreversible": True}
    assert signs(one_step(**facts), "a") == [Sign.GUARD, Sign.ALL, Sign.IRREVERSIBLE]
    assert signs(one_step(join="first"), "a") == [Sign.FIRST]
    assert signs(one_step(), "a") == []
    description = drawn(one_step(**facts)).by_id["a"].description
    assert "is_premium" in description
    assert "irreversible" in description


def test_steps_that_ship_with_the_product_are_marked() -> None:
    flow = examples.PaymentRecovery.blueprint
    assert signs(flow, "settle") == [Sign.WAIT]
    assert signs(flow, "note") == [Sign.LOG]
    assert signs(flow, "review") == [Sign.APPROVAL]
    assert signs(examples.EveryForm.blueprint, "i") == [Sign.PAUSE]
    assert drawn(flow).by_id["settle"].lines == ("wait, 1 h",)
    assert drawn(examples.EveryForm.blueprint).by_id["j"].lines == ("approval, 1 d",)


def test_an_approvals_good_exit_has_its_own_name() -> None:
    assert drawn_edge(drawn(examples.PaymentRecovery.blueprint), "review", "charge").label == "approved"


def test_a_step_may_be_called_like_the_start() -> None:
    drawing = drawn(chain("start", "b"))
    assert [node.id for node in drawing.nodes] == [START, "start", "b", COMPLETED]


def test_every_example_can_be_drawn() -> None:
    for flow in (examples.PostDailyDigest, examples.PaymentRecovery, examples.Recovery, examples.EveryForm):
        drawing = drawn(flow.blueprint)
        assert set(flow.blueprint.by_name) < set(drawing.by_id)
        pairs = [(edge.source, edge.target, edge.back) for edge in drawing.edges]
        assert len(pairs) == len(set(pairs))
