"""DOT and mermaid: well-formed, whatever the names."""

from __future__ import annotations

import re

import pytest

from squid_mesh.definitions.blueprint import Blueprint
from squid_mesh.inspection.diagram.render.dot import dot
from squid_mesh.inspection.diagram.render.mermaid import mermaid
from squid_mesh.inspection.diagram.workflow import draw_workflow
from tests.unit.definitions import examples
from tests.unit.inspection.diagram.graphs import blueprint, by_chance, chain, edge
from tests.unit.inspection.diagram.runs import drawing_of, seen

QUOTED = r'"(?:[^"\\\n]|\\.)*"'
VALUE = rf"(?:[a-z0-9]+|{QUOTED})"
ATTRIBUTES = rf"\[[a-z]+={VALUE}(?:, [a-z]+={VALUE})*\]"
DOT_LINES = re.compile(
    rf"digraph {QUOTED} \{{|  node {ATTRIBUTES};|  {QUOTED}(?: -> {QUOTED})? {ATTRIBUTES};|\}}"
)
LABEL = r'"(?:[^"\n<>]|<br>)*"'
MERMAID_LINES = re.compile(
    rf"flowchart TD|    n\d+(?:\[{LABEL}\]|\(\[{LABEL}\]\))|    n\d+ (?:-->|==>|-\.->)(?:\|{LABEL}\|)? n\d+"
)
HOSTILE = ('"]; evil [label="x', "a\\", 'b\\"c', "<script>", "end\n}", "#quot;`x`", "n1 --> n2", "-->|x|")


def hostile() -> Blueprint:
    edges = [edge(HOSTILE[0], name, label) for name, label in zip(HOSTILE[1:], HOSTILE[:-1], strict=True)]
    return blueprint(*HOSTILE, edges=edges).model_copy(update={"workflow": HOSTILE[0]})


FLOWS = [hostile(), by_chance(40, 1), examples.EveryForm.blueprint, examples.PaymentRecovery.blueprint]


@pytest.mark.parametrize("flow", FLOWS)
def test_dot_is_well_formed(flow: Blueprint) -> None:
    *lines, last = dot(draw_workflow(flow)).split("\n")
    assert last == ""
    assert [line for line in lines if not DOT_LINES.fullmatch(line)] == []
    assert sum(line == "}" for line in lines) == 1


@pytest.mark.parametrize("flow", FLOWS)
def test_mermaid_is_well_formed(flow: Blueprint) -> None:
    *lines, last = mermaid(draw_workflow(flow)).split("\n")
    assert last == ""
    assert [line for line in lines if not MERMAID_LINES.fullmatch(line)] == []


def test_dot_has_statuses_and_edges() -> None:
    text = dot(drawing_of(chain("a", "b"), seen("a", "completed"), seen("b", "failed", attempt=2, visit=3)))
    assert '"b" [label="b\\nfailed, attempt 2\\nvisit 3"' in text
    assert re.search(r'"a" -> "b" .*penwidth=2', text)
    assert not re.search(r'"b" -> ":complete" .*penwidth=2', text)


def test_mermaid_has_statuses_and_edges() -> None:
    text = mermaid(drawing_of(chain("a", "b"), seen("a", "completed"), seen("b", "failed")))
    assert text.splitlines() == [
        "flowchart TD",
        '    n0(["start"])',
        '    n1["a<br>completed"]',
        '    n2["b<br>failed"]',
        '    n3(["complete"])',
        "    n0 ==> n1",
        "    n1 ==> n2",
        "    n2 --> n3",
    ]


def test_a_rewind_is_dotted_in_both() -> None:
    drawing = draw_workflow(examples.PaymentRecovery.blueprint)
    assert re.search(r'"review" -> "load_invoice" .*style=dotted', dot(drawing))
    assert re.search(r'n\d+ -\.->\|"changes_requested"\| n1', mermaid(drawing))


def test_special_characters_are_entities_in_mermaid() -> None:
    assert '["a#34;b#60;c#35;d"]' in mermaid(draw_workflow(chain('a"b<c#d')))
