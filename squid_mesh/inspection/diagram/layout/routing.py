"""The courses of the edges: straight within layers, curved between them, so that no box is crossed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from squid_mesh.inspection.diagram.drawing import DrawnEdge
from squid_mesh.inspection.diagram.layout.layers import Lane, Layering

Point = tuple[float, float]

#: Edges leave and enter a box that far apart, and that far from its corners; at small boxes, less.
_PORT_GAP = 16.0
_CORNER = 14.0
_CORNER_SHARE = 0.28
#: The last piece before a box is straight, so that the tip follows its line. Less than layers are apart.
_LANDING = 7.0


@dataclass(frozen=True, slots=True)
class Band:
    """The extent of a layer, across the layers."""

    start: float
    end: float

    @property
    def middle(self) -> float:
        """Return the middle of the boxes."""
        return (self.start + self.end) / 2


@dataclass(frozen=True, slots=True)
class Course:
    """An edge as points (along the layers, across them): straight to the second, curved to the third …

    Curves start and end across the layers. The edge's end is the last point. ``horizontal``: the points are
    turned, so that x is across.
    """

    edge: DrawnEdge
    points: tuple[Point, ...]
    horizontal: bool = False

    def turned(self) -> Course:
        """Return the course with x and y swapped."""
        return replace(self, points=tuple((y, x) for x, y in self.points), horizontal=not self.horizontal)


def courses(
    layering: Layering,
    middles: Sequence[float],
    extents: Sequence[float],
    depths: Sequence[float],
    bands: Sequence[Band],
) -> list[Course]:
    """Return the course of each lane, in order."""
    tops = _ports(layering, middles, extents, lower=True)
    bottoms = _ports(layering, middles, extents, lower=False)
    found = []
    for number, lane in enumerate(layering.lanes):
        points = list(_points(layering, lane, middles, depths, bands, (tops[number], bottoms[number])))
        rounded = [(round(along, 1), round(across, 1)) for along, across in points]
        found.append(Course(lane.edge, tuple(reversed(rounded) if lane.edge.back else rounded)))
    return found


def _points(
    layering: Layering,
    lane: Lane,
    middles: Sequence[float],
    depths: Sequence[float],
    bands: Sequence[Band],
    ports: tuple[float, float],
) -> Iterator[Point]:
    """Return two points for each layer: where the edge enters and where it leaves."""
    first, *between, last = lane.slots
    band = bands[layering.slots[first].layer]
    yield ports[0], band.middle + depths[first] / 2
    yield ports[0], band.end + (_LANDING if lane.edge.back else 0.0)
    for slot in between:
        band = bands[layering.slots[slot].layer]
        yield middles[slot], band.start
        yield middles[slot], band.end
    band = bands[layering.slots[last].layer]
    yield ports[1], band.start - (0.0 if lane.edge.back else _LANDING)
    yield ports[1], band.middle - depths[last] / 2


def _ports(
    layering: Layering, middles: Sequence[float], extents: Sequence[float], *, lower: bool
) -> dict[int, float]:
    """Return where each lane leaves its upper node (``lower``: the lower side) or enters its lower node."""
    at: dict[int, list[tuple[float, int, int]]] = {}
    for number, lane in enumerate(layering.lanes):
        own, other = (lane.slots[0], lane.slots[1]) if lower else (lane.slots[-1], lane.slots[-2])
        at.setdefault(own, []).append((middles[other], number, other))
    found: dict[int, float] = {}
    for own, lanes in at.items():
        lanes.sort()
        reach = extents[own] / 2 - min(_CORNER, extents[own] * _CORNER_SHARE)
        targets = [
            ((middles[own] + middle) / 2 if layering.slots[other].node else middle, middle == middles[own])
            for middle, _, other in lanes
        ]
        places = spread(targets, _PORT_GAP, middles[own] - reach, middles[own] + reach)
        found.update((number, place) for (_, number, _), place in zip(lanes, places, strict=True))
    return found


def spread(targets: Sequence[tuple[float, bool]], gap: float, least: float, most: float) -> list[float]:
    """Return places near the targets, in their order, the gap apart (less if there is no room), in bounds.

    A target with True has priority over the others.
    """
    count = len(targets)
    gap = min(gap, (most - least) / (count - 1)) if count > 1 else 0.0
    pools: list[list[tuple[float, float]]] = []
    for i, (target, firm) in enumerate(targets):
        pools.append([(min(max(target, least), most) - i * gap, 100.0 if firm else 1.0)])
        while len(pools) > 1 and _mean(pools[-2]) > _mean(pools[-1]):
            pools[-2:] = [pools[-2] + pools[-1]]
    level = [_mean(pool) for pool in pools for _ in pool]
    return [min(max(at, least), most - (count - 1) * gap) + i * gap for i, at in enumerate(level)]


def _mean(pool: Sequence[tuple[float, float]]) -> float:
    return sum(at * weight for at, weight in pool) / sum(weight for _, weight in pool)
