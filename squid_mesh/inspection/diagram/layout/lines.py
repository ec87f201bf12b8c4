"""Straight lines through the layers: the slots of an edge, and chains of steps, are aligned."""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from squid_mesh.inspection.diagram.layout.layers import Layering
from squid_mesh.inspection.diagram.layout.ordering import Order

Hop = tuple[int, int]


#: Slots that are further aside than that, in pixels, stay so: the picture would become too wide.
_ASIDE = 48.0


def lines(layering: Layering, order: Order, middle: Sequence[float]) -> list[list[int]]:
    """Return the slots by line: each slot is in one line, and a line has one slot a layer.

    No two lines cross, so that all can be straight at once; where they would, edges that pass through come
    before chains. After Brandes and Köpf, "Fast and simple horizontal coordinate assignment".
    """
    position = {slot: i for layer in order for i, slot in enumerate(layer)}
    accepted: list[list[Hop]] = [[] for _ in order]
    for hop in _hops(layering):
        if abs(middle[hop[0]] - middle[hop[1]]) > _ASIDE:
            continue
        kept = accepted[layering.slots[hop[0]].layer]
        upper, lower = position[hop[0]], position[hop[1]]
        at = bisect(kept, upper, key=lambda other: position[other[0]])
        before, after = kept[max(0, at - 1) : at], kept[at : at + 1]
        if all(position[other[1]] < lower for other in before) and all(
            position[other[1]] > lower for other in after
        ):
            kept.insert(at, hop)
    below = {upper: lower for hops in accepted for upper, lower in hops}
    started = set(below.values())
    return [list(_down(slot.index, below)) for slot in layering.slots if slot.index not in started]


def _down(slot: int, below: dict[int, int]) -> Iterator[int]:
    yield slot
    while slot in below:
        slot = below[slot]
        yield slot


def _hops(layering: Layering) -> Iterator[Hop]:
    """Return the pairs of slots of two layers that should be straight; a slot has at most one each way."""
    for lane in layering.lanes:
        yield from pairwise(lane.slots[1:-1])
    plain = [lane.slots for lane in layering.lanes if not (lane.edge.back or lane.edge.error)]
    leaving = Counter(slots[0] for slots in plain)
    entering = Counter(slots[-1] for slots in plain)
    for slots in plain:
        if leaving[slots[0]] == entering[slots[-1]] == 1:
            yield from _ends(slots)


def _ends(slots: Sequence[int]) -> Iterator[Hop]:
    yield slots[0], slots[1]
    if len(slots) > 2:
        yield slots[-2], slots[-1]
