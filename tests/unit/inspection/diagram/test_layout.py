"""Where everything stands: nothing lies on anything else, whatever the graph."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from squid_mesh.inspection.diagram.drawing import START
from squid_mesh.inspection.diagram.layout.layers import assign_layers
from squid_mesh.inspection.diagram.layout.layout import WIDEST_TO_THE_RIGHT, Picture, lay_out
from squid_mesh.inspection.diagram.layout.ordering import crossings, neighbours, ordered
from squid_mesh.inspection.diagram.workflow import draw_workflow
from tests.unit.definitions import examples
from tests.unit.inspection.diagram.geometry import Rectangle, box_frame, label_frame, points_along
from tests.unit.inspection.diagram.graphs import blueprint, by_chance, chain, edge

graphs = st.builds(by_chance, st.integers(1, 60), st.integers(0, 10_000))
#: Both directions, whatever the width: small graphs would only ever be drawn to the right.
any_width = st.sampled_from((0.0, WIDEST_TO_THE_RIGHT, 100_000.0))


def picture_of(flow: object, widest: float = WIDEST_TO_THE_RIGHT) -> Picture:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("squid_mesh.inspection.diagram.layout.layout.WIDEST_TO_THE_RIGHT", widest)
        return lay_out(draw_workflow(flow))  # type: ignore[arg-type]


@settings(max_examples=20, deadline=None)
@given(graphs, any_width)
def test_no_box_or_label_lies_on_another(flow: object, widest: float) -> None:
    picture = picture_of(flow, widest)
    labels = [label_frame(placed.label) for placed in picture.edges if placed.label]
    frames = [box_frame(box) for box in picture.boxes] + labels
    met = [(one, other) for one, other in combinations(frames, 2) if one.meets(other)]
    assert not met


@settings(max_examples=20, deadline=None)
@given(graphs, any_width)
def test_no_edge_crosses_a_box(flow: object, widest: float) -> None:
    picture = picture_of(flow, widest)
    frames = {placed.box.node.id: box_frame(placed) for placed in picture.boxes}
    crossed = {
        (placed.course.edge.source, placed.course.edge.target, name)
        for placed in picture.edges
        for name, frame in frames.items()
        for point in points_along(placed.course)
        if frame.holds(point)
    }
    assert not crossed


@settings(max_examples=20, deadline=None)
@given(graphs, any_width)
def test_everything_is_inside_the_picture(flow: object, widest: float) -> None:
    picture = picture_of(flow, widest)
    paper = Rectangle(0, 0, picture.width, picture.height)
    frames = [box_frame(box) for box in picture.boxes]
    frames += [label_frame(placed.label) for placed in picture.edges if placed.label]
    corners = [point for f in frames for point in ((f.left, f.top), (f.right, f.bottom))]
    corners += [point for placed in picture.edges for point in points_along(placed.course)]
    assert [corner for corner in corners if not paper.holds(corner)] == []


@settings(max_examples=20, deadline=None)
@given(graphs, any_width)
def test_an_edge_goes_from_its_source_to_its_target(flow: object, widest: float) -> None:
    picture = picture_of(flow, widest)
    frames = {placed.box.node.id: box_frame(placed) for placed in picture.boxes}
    for placed in picture.edges:
        course = placed.course
        assert _touches(frames[course.edge.source], course.points[0])
        assert _touches(frames[course.edge.target], course.points[-1])
        axis = 1 if picture.downwards else 0
        assert (course.points[-1][axis] < course.points[0][axis]) == course.edge.back


def _touches(frame: Rectangle, point: tuple[float, float]) -> bool:
    near = 0.3
    return (
        frame.left - near <= point[0] <= frame.right + near
        and frame.top - near <= point[1] <= frame.bottom + near
    )


@settings(max_examples=20, deadline=None)
@given(graphs, any_width)
def test_edges_enter_a_box_apart(flow: object, widest: float) -> None:
    picture = picture_of(flow, widest)
    tips = [placed.course.points[-1] for placed in picture.edges]
    assert len(tips) == len(set(tips))


def test_a_chain_is_straight() -> None:
    for widest in (0.0, 100_000.0):
        picture = picture_of(chain("a", "a_much_longer_name", "b", "c"), widest)
        axis = 0 if picture.downwards else 1
        assert len({point[axis] for placed in picture.edges for point in placed.course.points}) == 1


def test_a_chain_stays_straight_beside_other_edges() -> None:
    picture = picture_of(examples.PaymentRecovery.blueprint)
    chain_of_steps = {START, "load_invoice", "settle", "note", "check_gateway", "review"}
    forward = [placed.course for placed in picture.edges if not placed.course.edge.back]
    straight = [c for c in forward if {c.edge.source, c.edge.target} <= chain_of_steps]
    assert len(straight) == 5
    assert len({point[0] for course in straight for point in course.points}) == 1


def test_a_short_chain_goes_to_the_right_and_a_long_one_down() -> None:
    assert not picture_of(chain("a", "b", "c")).downwards
    assert picture_of(chain(*(f"step_number_{i}" for i in range(12)))).downwards


@pytest.mark.parametrize("seed", range(30))
def test_a_graph_wider_than_the_page_takes_the_narrower_direction(seed: int) -> None:
    flow = by_chance(1 + seed * 2, seed)
    picture, right = picture_of(flow), picture_of(flow, 100_000.0)
    if right.width <= WIDEST_TO_THE_RIGHT:
        assert not picture.downwards
    else:
        assert picture.width == min(right.width, picture_of(flow, 0.0).width)


def test_a_picture_is_no_wider_than_sixty_steps_need() -> None:
    assert max(picture_of(by_chance(60, seed)).width for seed in range(10)) < 4000


def test_sweeps_take_crossings_away() -> None:
    crossed = [edge("a", "p"), edge("a", "q"), edge("b", "p"), edge("c", "q")]
    layering = assign_layers(draw_workflow(blueprint(*"abcpq", edges=crossed)))
    _, below = neighbours(layering)
    assert crossings(layering.layers, below) > 0
    assert crossings(ordered(layering), below) == 0


def test_a_long_edge_has_a_slot_in_each_layer() -> None:
    layering = assign_layers(
        draw_workflow(blueprint(*"abcd", edges=[*chain(*"abcd").edges, edge("a", "d", "x")]))
    )
    for lane in layering.lanes:
        layers = [layering.slots[slot].layer for slot in lane.slots]
        assert all(lower == upper + 1 for upper, lower in pairwise(layers))
    assert layering.slots[layering.place[START]].layer == 0


ROOT = Path(__file__).resolve().parents[4]
DRAWN = """
import sys
from django.conf import settings
settings.configure(USE_I18N=False)
from squid_mesh.inspection.diagram.render.svg import svg
from squid_mesh.inspection.diagram.workflow import draw_workflow
from tests.unit.inspection.diagram.graphs import by_chance
sys.stdout.write(svg(draw_workflow(by_chance(40, 7))))
"""


def test_the_same_graph_is_always_the_same_picture() -> None:
    drawings = {
        subprocess.run(
            [sys.executable, "-c", DRAWN],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(drawings) == 1
    assert "<svg" in drawings.pop()
