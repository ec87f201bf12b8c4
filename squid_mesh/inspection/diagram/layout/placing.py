"""The position of each slot along its layer: near the slots it is joined to, apart from its neighbours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from squid_mesh.inspection.diagram.layout.layers import Layering
from squid_mesh.inspection.diagram.layout.lines import lines
from squid_mesh.inspection.diagram.layout.ordering import Order
from squid_mesh.inspection.diagram.layout.straightening import Apart, straightened

_ROUNDS = 8
#: An edge back or to recovery is drawn around the others.
_ASIDE = 0.25

Pulls = list[list[tuple[int, float]]]


@dataclass(slots=True)
class _Block:
    """Slots that touch each other: their common place, and its weight."""

    place: float
    weight: float
    count: int


def placed(
    layering: Layering, order: Order, extents: Sequence[float], gaps: Mapping[bool, float]
) -> list[float]:
    """Return the middle of each slot in pixels; the leftmost side is at 0.

    ``extents`` are the slots' sizes along the layer. ``gaps`` are the distances that neighbours keep at
    least: True where one of them is a node, False where both are edges.
    """
    apart = [_apart(layering, layer, extents, gaps) for layer in order]
    middle = _balanced(layering, order, apart)
    pulls = [up + down for up, down in zip(*_pulls(layering), strict=True)]
    sides = [
        Apart(left, right, distance)
        for layer, distances in zip(order, apart, strict=True)
        for (left, right), distance in zip(pairwise(layer), distances, strict=True)
    ]
    middle = straightened(middle, lines(layering, order, middle), pulls, sides)
    least = min((at - extent / 2 for at, extent in zip(middle, extents, strict=True)), default=0.0)
    return [round(at - least, 2) for at in middle]


def _apart(
    layering: Layering, layer: Sequence[int], extents: Sequence[float], gaps: Mapping[bool, float]
) -> list[float]:
    """Return the least distances of neighbours in a layer, from middle to middle."""
    return [
        (extents[left] + extents[right]) / 2
        + gaps[bool(layering.slots[left].node or layering.slots[right].node)]
        for left, right in pairwise(layer)
    ]


def _pulls(layering: Layering) -> tuple[Pulls, Pulls]:
    """Return for each slot the slots it is joined to, and how strongly each pulls."""
    above: Pulls = [[] for _ in layering.slots]
    below: Pulls = [[] for _ in layering.slots]
    for lane in layering.lanes:
        strength = _ASIDE if lane.edge.back or lane.edge.error else 1.0
        for upper, lower in pairwise(lane.slots):
            below[upper].append((lower, strength))
            above[lower].append((upper, strength))
    return above, below


def _balanced(layering: Layering, order: Order, apart: Sequence[Sequence[float]]) -> list[float]:
    """Move each layer as close as possible to the one before it, down and up again."""
    above, below = _pulls(layering)
    middle = [0.0] * len(layering.slots)
    rows = []
    for layer, distances in zip(order, apart, strict=True):
        offsets = [0.0]
        for distance in distances:
            offsets.append(offsets[-1] + distance)
        rows.append((layer, offsets))
        for slot, offset in zip(layer, offsets, strict=True):
            middle[slot] = offset - offsets[-1] / 2
    for turn in range(_ROUNDS):
        down = turn % 2 == 0
        for layer, offsets in rows if down else rows[::-1]:
            _move(layer, offsets, middle, above if down else below)
    return middle


def _move(layer: Sequence[int], offsets: Sequence[float], middle: list[float], pulls: Pulls) -> None:
    """Move all slots of a layer as close to the slots that pull them as their distances allow.

    The least squares under these distances: pool adjacent violators.
    """
    blocks: list[_Block] = []
    for slot, offset in zip(layer, offsets, strict=True):
        weight = sum(pull for _, pull in pulls[slot]) or 0.01
        target = (
            sum(middle[other] * pull for other, pull in pulls[slot]) / weight if pulls[slot] else middle[slot]
        )
        block = _Block(target - offset, weight, 1)
        while blocks and blocks[-1].place > block.place:
            left = blocks.pop()
            total = left.weight + block.weight
            place = (left.place * left.weight + block.place * block.weight) / total
            block = _Block(place, total, left.count + block.count)
        blocks.append(block)
    places = (block.place for block in blocks for _ in range(block.count))
    for slot, offset, place in zip(layer, offsets, places, strict=True):
        middle[slot] = place + offset
