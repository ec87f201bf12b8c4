"""Rectangles, and the points of an edge as it is drawn."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from squid_mesh.inspection.diagram.layout.boxes import LABEL_HEIGHT
from squid_mesh.inspection.diagram.layout.layout import PlacedBox, PlacedLabel
from squid_mesh.inspection.diagram.layout.routing import Course, Point

_SAMPLES = 8
#: Coordinates are rounded to a tenth of a pixel.
_ROUNDING = 0.2


class Rectangle(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Rectangle) -> bool:
        return (
            self.left < other.right - _ROUNDING
            and other.left < self.right - _ROUNDING
            and self.top < other.bottom - _ROUNDING
            and other.top < self.bottom - _ROUNDING
        )

    def holds(self, point: Point) -> bool:
        """Whether a point is inside, and not merely on its border."""
        return (
            self.left + _ROUNDING < point[0] < self.right - _ROUNDING
            and self.top + _ROUNDING < point[1] < self.bottom - _ROUNDING
        )


def box_frame(placed: PlacedBox) -> Rectangle:
    return Rectangle(placed.x, placed.y, placed.x + placed.box.width, placed.y + placed.box.height)


def label_frame(label: PlacedLabel) -> Rectangle:
    half, high = label.width / 2, LABEL_HEIGHT / 2
    return Rectangle(label.x - half, label.y - high, label.x + half, label.y + high)


def points_along(course: Course) -> Iterator[Point]:
    """Yield points all along an edge, close together."""
    for i, (one, other) in enumerate(pairwise(course.points)):
        for step in range(_SAMPLES + 1):
            part = step / _SAMPLES
            yield _curved(one, other, part, course) if i % 2 else _straight(one, other, part)


def _straight(one: Point, other: Point, part: float) -> Point:
    return one[0] + (other[0] - one[0]) * part, one[1] + (other[1] - one[1]) * part


def _curved(one: Point, other: Point, part: float, course: Course) -> Point:
    half = ((one[0] + other[0]) / 2, (one[1] + other[1]) / 2)
    first = (half[0], one[1]) if course.horizontal else (one[0], half[1])
    second = (half[0], other[1]) if course.horizontal else (other[0], half[1])
    rest = 1 - part
    weights = (rest**3, 3 * rest**2 * part, 3 * rest * part**2, part**3)
    points = (one, first, second, other)
    return (
        sum(weight * point[0] for weight, point in zip(weights, points, strict=True)),
        sum(weight * point[1] for weight, point in zip(weights, points, strict=True)),
    )
