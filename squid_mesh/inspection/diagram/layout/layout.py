"""The coordinates of boxes, edges and labels, with edges leading downwards or to the right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from squid_mesh.inspection.diagram.drawing import Drawing
from squid_mesh.inspection.diagram.layout import boxes
from squid_mesh.inspection.diagram.layout.boxes import Box
from squid_mesh.inspection.diagram.layout.layers import Layering, assign_layers
from squid_mesh.inspection.diagram.layout.ordering import Neighbours, Order, neighbours, ordered
from squid_mesh.inspection.diagram.layout.placing import placed
from squid_mesh.inspection.diagram.layout.routing import Band, Course, courses

#: A picture to the right is at most that wide, in pixels; a page's column is about as much.
WIDEST_TO_THE_RIGHT: Final = 940.0
MARGIN: Final = 12.0

_GAP = {True: 22.0, False: 12.0}
_LEAST_GAP, _MOST_GAP = 20.0, 72.0
#: A gap between layers grows with the longest edge sideways in it, so that curves stay apart.
_SLOPE = 0.12
_LABEL_DEPTH = boxes.LABEL_HEIGHT + 2


@dataclass(frozen=True, slots=True)
class PlacedBox:
    """A box and its upper left corner."""

    box: Box
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class PlacedLabel:
    """An edge's label and its middle; ``width`` has some room beside the text."""

    text: str
    x: float
    y: float
    width: float


@dataclass(frozen=True, slots=True)
class PlacedEdge:
    """An edge's course in pixels, and its label."""

    course: Course
    label: PlacedLabel | None


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing with coordinates, x to the right and y down. ``downwards`` is the direction of most edges."""

    title: str
    width: float
    height: float
    downwards: bool
    boxes: tuple[PlacedBox, ...]
    edges: tuple[PlacedEdge, ...]


@dataclass(frozen=True)
class _Sketch:
    """What both directions share: the layers, the order in them, and the sizes of boxes and labels."""

    drawing: Drawing
    layering: Layering
    order: Order
    joined: tuple[Neighbours, Neighbours]
    boxes: Mapping[str, Box]
    labels: Mapping[int, tuple[str, float]]


def lay_out(drawing: Drawing) -> Picture:
    """Return the picture: to the right if that fits a page, otherwise in the narrower direction."""
    layering = assign_layers(drawing)
    sketch = _Sketch(
        drawing,
        layering,
        ordered(layering),
        neighbours(layering),
        {node.id: boxes.make_box(node) for node in drawing.nodes},
        {slot.index: boxes.make_label(slot.label) for slot in layering.slots if slot.label},
    )
    least = _least_width_to_the_right(sketch)
    if least <= WIDEST_TO_THE_RIGHT:
        right = _picture(sketch, downwards=False)
        if right.width <= WIDEST_TO_THE_RIGHT:
            return right
    down = _picture(sketch, downwards=True)
    if down.width <= least:
        return down
    right = _picture(sketch, downwards=False)
    return down if down.width <= right.width else right


def _least_width_to_the_right(sketch: _Sketch) -> float:
    """Return the least width of the layers side by side; for most large graphs that already rules it out."""
    widths = [max(_size(sketch, slot, along=True) for slot in layer) for layer in sketch.order]
    return 2 * MARGIN + sum(widths) + _LEAST_GAP * (len(widths) - 1)


def _picture(sketch: _Sketch, *, downwards: bool) -> Picture:
    extents = [_size(sketch, slot, along=downwards) for slot in range(len(sketch.layering.slots))]
    depths = [_size(sketch, slot, along=not downwards) for slot in range(len(sketch.layering.slots))]
    middles = placed(sketch.layering, sketch.order, extents, _GAP)
    middles = [middle + MARGIN for middle in middles]
    bands = _bands(sketch, middles, depths)
    along = max(middle + extent / 2 for middle, extent in zip(middles, extents, strict=True)) + MARGIN
    across = bands[-1].end + MARGIN
    slots = sketch.layering.slots
    centres = {
        slot.index: _point(middles[slot.index], bands[slot.layer].middle, downwards=downwards)
        for slot in slots
    }
    found = courses(sketch.layering, middles, extents, depths, bands)
    return Picture(
        sketch.drawing.title,
        *_point(along, across, downwards=downwards),
        downwards,
        tuple(_placed_box(sketch.boxes[slot.node], *centres[slot.index]) for slot in slots if slot.node),
        tuple(
            PlacedEdge(
                course if downwards else course.turned(),
                _placed_label(sketch, lane.slots, centres),
            )
            for course, lane in zip(found, sketch.layering.lanes, strict=True)
        ),
    )


def _point(along: float, across: float, *, downwards: bool) -> tuple[float, float]:
    return (along, across) if downwards else (across, along)


def _size(sketch: _Sketch, index: int, *, along: bool) -> float:
    """Return a slot's width, or its height if not ``along``."""
    slot = sketch.layering.slots[index]
    if slot.node:
        box = sketch.boxes[slot.node]
        return box.width if along else box.height
    if slot.label:
        return sketch.labels[index][1] if along else _LABEL_DEPTH
    return 0.0


def _bands(sketch: _Sketch, middles: Sequence[float], depths: Sequence[float]) -> list[Band]:
    """Return the band of each layer, as deep as its largest box."""
    bands: list[Band] = []
    start = MARGIN
    _, below = sketch.joined
    for layer in sketch.order:
        depth = max(depths[slot] for slot in layer)
        bands.append(Band(start, start + depth))
        aside = max((abs(middles[s] - middles[t]) for s in layer for t in below[s]), default=0.0)
        start += depth + min(_MOST_GAP, _LEAST_GAP + max(0.0, aside - 60) * _SLOPE)
    return bands


def _placed_box(box: Box, x: float, y: float) -> PlacedBox:
    return PlacedBox(box, round(x - box.width / 2, 1), round(y - box.height / 2, 1))


def _placed_label(
    sketch: _Sketch, slots: Sequence[int], centres: Mapping[int, tuple[float, float]]
) -> PlacedLabel | None:
    for slot in slots:
        if slot in sketch.labels:
            text, width = sketch.labels[slot]
            x, y = centres[slot]
            return PlacedLabel(text, round(x, 1), round(y, 1), round(width, 1))
    return None
