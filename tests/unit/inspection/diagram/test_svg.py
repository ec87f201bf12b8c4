"""The SVG: safe in any page, and readable without seeing it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

import pytest

from squid_mesh.definitions.blueprint import Blueprint
from squid_mesh.inspection.diagram.render.glyphs import SIGNS, STATUSES
from squid_mesh.inspection.diagram.render.svg import svg
from squid_mesh.inspection.diagram.workflow import draw_workflow
from squid_mesh.lifecycle import StepStatus
from tests.unit.definitions import examples
from tests.unit.inspection.diagram.graphs import blueprint, by_chance, chain, edge
from tests.unit.inspection.diagram.runs import drawing_of, seen

NS = "{http://www.w3.org/2000/svg}"
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onload='alert(1)",
    "</svg></a>&amp;&lt;",
    "javascript:alert(1)",
    "\x00\x0b\ud800\u202e\ufffe line\nbreak ]]>",
)
#: All that a picture is made of.
ELEMENTS = {"svg", "g", "a", "title", "rect", "path", "text"}
ATTRIBUTES = {
    *("xmlns", "class", "role", "aria-label", "aria-hidden", "viewBox", "width", "height", "href"),
    *("x", "y", "rx", "d", "transform", "fill", "stroke", "stroke-width", "stroke-dasharray"),
    *("stroke-linecap", "stroke-linejoin", "font-family", "font-size", "text-anchor"),
}


def hostile() -> Blueprint:
    edges = [edge(HOSTILE[0], name, label) for name, label in zip(HOSTILE[1:], HOSTILE[:-1], strict=True)]
    return blueprint(*HOSTILE, edges=edges).model_copy(update={"workflow": HOSTILE[1]})


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)


def links(root: ET.Element) -> Iterator[ET.Element]:
    return root.iter(f"{NS}a")


def classes(element: ET.Element) -> set[str]:
    return set(element.get("class", "").split())


@pytest.mark.parametrize("flow", [hostile(), by_chance(60, 3), examples.PaymentRecovery.blueprint])
def test_nothing_but_shapes_text_and_links_is_in_the_picture(flow: Blueprint) -> None:
    steps = [seen(step.name, "running", attempt=2, visit=2) for step in flow.steps]
    for drawing in (draw_workflow(flow), drawing_of(flow, *steps)):
        for element in parsed(svg(drawing)).iter():
            assert element.tag.removeprefix(NS) in ELEMENTS
            assert set(element.attrib) <= ATTRIBUTES
            assert element.get("href", "#step-").startswith("#step-")


def test_hostile_names_are_text() -> None:
    text = svg(draw_workflow(hostile()))
    assert "<script" not in text
    assert "<img" not in text
    titles = [title.text or "" for title in parsed(text).iter(f"{NS}title")]
    assert any("<script>alert(1)</script>" in title for title in titles)
    assert text.count("<svg") == text.count("</svg>") == 1


def test_the_picture_scales_and_has_a_name() -> None:
    root = parsed(svg(draw_workflow(chain("a", "b"))))
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"
    assert (root.get("role"), root.get("aria-label")) == ("group", "Graph of shop.Order, 2 steps")


def test_each_step_is_a_link_with_a_name_that_says_all() -> None:
    root = parsed(svg(drawing_of(chain("charge", "b"), seen("charge", "failed", attempt=3))))
    assert [(link.get("href"), link.get("aria-label")) for link in links(root)] == [
        ("#step-charge", "step charge: failed, attempt 3"),
        ("#step-b", "step b: pending"),
    ]


@pytest.mark.parametrize("status", list(StepStatus))
def test_a_status_is_a_class_a_sign_and_a_text(status: StepStatus) -> None:
    (link,) = links(parsed(svg(drawing_of(chain("a"), seen("a", status)))))
    assert f"sqm-status-{status.value}" in classes(link)
    glyph = next(path for path in link.iter(f"{NS}path") if "sqm-glyph" in classes(path))
    assert glyph.get("d") == STATUSES[status]
    words = [text.text for text in link.iter(f"{NS}text") if "sqm-line" in classes(text)]
    assert words == ["outcome unknown" if status is StepStatus.UNKNOWN else status.value]


def test_no_two_statuses_have_the_same_sign() -> None:
    assert len(set(STATUSES.values())) == len(StepStatus)
    assert len(set(SIGNS.values())) == len(SIGNS)


def test_marks_explain_themselves() -> None:
    root = parsed(svg(draw_workflow(examples.PaymentRecovery.blueprint)))
    marks = [mark for mark in root.iter(f"{NS}g") if "sqm-mark" in classes(mark)]
    assert len(marks) == 3
    assert [mark.findtext(f"{NS}title") for mark in marks] == ["wait", "log line", "approval"]


def test_a_long_name_is_shortened_and_described_in_full() -> None:
    name = "reconcile_" * 9 + "end"
    (link,) = links(parsed(svg(draw_workflow(chain(name)))))
    shown = next(text.text or "" for text in link.iter(f"{NS}text"))
    assert "…" in shown
    assert shown.startswith("reconcile_")
    assert shown.endswith("end")
    assert name in (link.findtext(f"{NS}title") or "")


def test_a_visit_is_a_badge() -> None:
    (link,) = links(parsed(svg(drawing_of(chain("a"), seen("a", "running", visit=3)))))
    assert [text.text for text in link.iter(f"{NS}text")] == ["a", "running", "visit 3"]


def test_edges_differ_by_more_than_their_colour() -> None:
    flow = examples.PaymentRecovery.blueprint
    root = parsed(svg(draw_workflow(flow)))
    groups = [group for group in root.iter(f"{NS}g") if "sqm-edge" in classes(group)]
    dashes = {
        kind: {
            path.get("stroke-dasharray")
            for group in groups
            if kind in classes(group)
            for path in group.iter(f"{NS}path")
            if "sqm-edge-line" in classes(path)
        }
        for kind in ("sqm-edge-error", "sqm-edge-back")
    }
    assert dashes == {"sqm-edge-error": {"6 4"}, "sqm-edge-back": {"2 4"}}


def test_every_number_is_short() -> None:
    text = svg(draw_workflow(by_chance(40, 5)))
    assert not re.search(r"\d\.\d\d", text)
    assert not re.search(r"\de[-+]?\d", text)
