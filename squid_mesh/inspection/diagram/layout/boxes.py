"""The size of a node's box, and the texts in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from squid_mesh.inspection.diagram.drawing import Node, Shape
from squid_mesh.inspection.diagram.text import shorten, width

#: Font sizes, in pixels.
NAME_SIZE: Final = 13.0
LINE_SIZE: Final = 11.5
#: A glyph's square, and the room beside it.
GLYPH: Final = 16.0
SPACE: Final = 8.0
PADDING: Final = 11.0
NAME_HEIGHT: Final = 18.0
LINE_HEIGHT: Final = 16.0
LABEL_HEIGHT: Final = 16.0
BADGE_PADDING: Final = 6.0

_WIDEST_NAME = 190.0
_WIDEST_LINE = 200.0
_WIDEST_LABEL = 170.0
_NARROWEST = 96.0
_END_HEIGHT = 26.0


@dataclass(frozen=True, slots=True)
class Box:
    """A node with its size in pixels. ``name``, ``lines`` and ``badge`` are short enough to fit in.

    ``indent`` is where the text starts, counted from the left side.
    """

    node: Node
    width: float
    height: float
    name: str
    lines: tuple[str, ...]
    indent: float
    badge_width: float


def make_box(node: Node) -> Box:
    """Return the box that fits the node."""
    glyph = node.status is not None or node.shape in (Shape.COMPLETE, Shape.FAIL)
    indent = PADDING + (GLYPH + SPACE if glyph else 0)
    name = shorten(node.name, NAME_SIZE, _WIDEST_NAME)
    lines = tuple(shorten(line, LINE_SIZE, _WIDEST_LINE) for line in node.lines)
    badge = width(node.badge, LINE_SIZE) + 2 * BADGE_PADDING if node.badge else 0.0
    if node.shape is not Shape.STEP:
        wide = indent + width(name, NAME_SIZE) + PADDING if name else _END_HEIGHT
        return Box(node, round(wide), _END_HEIGHT, name, (), indent, 0.0)
    rows = [width(name, NAME_SIZE) + sum(GLYPH + 2 for _ in node.marks) + (SPACE if node.marks else 0)]
    rows += [width(line, LINE_SIZE) for line in lines]
    if badge:
        rows[1] += SPACE + badge
    wide = max(_NARROWEST, indent + max(rows) + PADDING)
    high = 2 * SPACE + NAME_HEIGHT + LINE_HEIGHT * len(lines)
    return Box(node, round(wide), round(high), name, lines, indent, badge)


def make_label(text: str) -> tuple[str, float]:
    """Return an edge's label, shorten, and its width with some room around."""
    short = shorten(text, LINE_SIZE, _WIDEST_LABEL)
    return short, width(short, LINE_SIZE) + 8
