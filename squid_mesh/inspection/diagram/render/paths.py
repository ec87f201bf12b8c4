"""Writing courses as SVG paths: the line, and the tip at its end."""

from __future__ import annotations

from itertools import pairwise

from squid_mesh.inspection.diagram.layout.routing import Course, Point

_TIP = 8.0


def line(course: Course) -> str:
    """The path up to the middle of the tip, which covers its end."""
    *points, end = course.points
    right, down = _direction(course)
    foot = end[0] - right * _TIP / 2, end[1] - down * _TIP / 2
    data = [f"M{_pair(points[0])}"]
    for i, (one, other) in enumerate(pairwise((*points, foot))):
        straight = i % 2 == 0 or one[0] == other[0] or one[1] == other[1]
        if straight and one != other:
            data.append(f"L{_pair(other)}")
        elif not straight:
            data.append(f"C{_controls(one, other, horizontal=course.horizontal)} {_pair(other)}")
    return "".join(data)


def tip(course: Course) -> str:
    """A triangle that points to where the edge ends."""
    (x, y), (right, down) = course.points[-1], _direction(course)
    back_x, back_y = x - right * _TIP, y - down * _TIP
    aside_x, aside_y = down * _TIP / 2, right * _TIP / 2
    corners = ((x, y), (back_x + aside_x, back_y + aside_y), (back_x - aside_x, back_y - aside_y))
    return "M" + "L".join(_pair(corner) for corner in corners) + "Z"


def number(amount: float) -> str:
    """A number as short as a tenth of a pixel allows."""
    return f"{round(amount, 1):.1f}".removesuffix(".0")


def _direction(course: Course) -> Point:
    """Where the edge arrives from: one step to the right or down, or the other way round."""
    (x, y), (end_x, end_y) = course.points[0], course.points[-1]
    if course.horizontal:
        return (1.0 if end_x > x else -1.0), 0.0
    return 0.0, (1.0 if end_y > y else -1.0)


def _controls(one: Point, other: Point, *, horizontal: bool) -> str:
    """The control points of a curve that starts and ends across the layers."""
    if horizontal:
        half = (one[0] + other[0]) / 2
        return f"{_pair((half, one[1]))} {_pair((half, other[1]))}"
    half = (one[1] + other[1]) / 2
    return f"{_pair((one[0], half))} {_pair((other[0], half))}"


def _pair(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"
