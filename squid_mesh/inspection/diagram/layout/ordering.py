"""The order of the slots in each layer, chosen so that few edges cross."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from itertools import pairwise

from squid_mesh.inspection.diagram.layout.layers import Layering

#: Sweeps down and up, at most; those that make nothing better end it sooner.
_SWEEPS = 16
_PATIENCE = 4

Order = list[list[int]]
Neighbours = list[list[int]]


def ordered(layering: Layering) -> Order:
    """Return the slots' indices by layer, from left to right: the best order of several barycentre sweeps."""
    above, below = neighbours(layering)
    present = _by_depth(layering, below)
    best, fewest, idle = present, crossings(present, below), 0
    for sweep in range(_SWEEPS):
        if fewest == 0 or idle == _PATIENCE:
            break
        present = _swept(present, above, below, down=sweep % 2 == 0)
        _transpose(present, above, below)
        count = crossings(present, below)
        idle = 0 if count < fewest else idle + 1
        if count < fewest:
            best, fewest = [list(layer) for layer in present], count
    return best


def neighbours(layering: Layering) -> tuple[Neighbours, Neighbours]:
    """Return for each slot its neighbours in the layer above and in the layer below."""
    above: Neighbours = [[] for _ in layering.slots]
    below: Neighbours = [[] for _ in layering.slots]
    for lane in layering.lanes:
        for upper, lower in pairwise(lane.slots):
            below[upper].append(lower)
            above[lower].append(upper)
    return above, below


def crossings(order: Order, below: Neighbours) -> int:
    """Return how often edges cross between neighbouring layers."""
    count = 0
    for layer, following in pairwise(order):
        position = {slot: i for i, slot in enumerate(following)}
        seen: list[int] = []
        for slot in layer:
            ends = [position[target] for target in below[slot]]
            count += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return count


def _by_depth(layering: Layering, below: Neighbours) -> Order:
    """Return an order in which connected slots are close: that of a depth-first walk from the top."""
    rank: dict[int, int] = {}
    stack = [slot for layer in reversed(layering.layers) for slot in reversed(layer)]
    while stack:
        slot = stack.pop()
        if slot not in rank:
            rank[slot] = len(rank)
            stack.extend(reversed(below[slot]))
    return [sorted(layer, key=rank.__getitem__) for layer in layering.layers]


def _swept(order: Order, above: Neighbours, below: Neighbours, *, down: bool) -> Order:
    joined = above if down else below
    swept = [list(layer) for layer in order]
    layers = swept if down else swept[::-1]
    position = {slot: float(i) for layer in order for i, slot in enumerate(layer)}
    for layer in layers:
        centre = {
            slot: sum(position[other] for other in joined[slot]) / len(joined[slot])
            if joined[slot]
            else position[slot]
            for slot in layer
        }
        layer.sort(key=centre.__getitem__)
        position.update((slot, float(i)) for i, slot in enumerate(layer))
    return swept


def _transpose(order: Order, above: Neighbours, below: Neighbours) -> None:
    """Swap neighbours in a layer if that removes crossings."""
    position = {slot: i for layer in order for i, slot in enumerate(layer)}
    for layer in order:
        for i in range(len(layer) - 1):
            left, right = layer[i], layer[i + 1]
            kept = swapped = 0
            for joined in (above, below):
                ends = [position[other] for other in joined[left]]
                others = [position[other] for other in joined[right]]
                kept += _inverted(ends, others)
                swapped += _inverted(others, ends)
            if swapped < kept:
                layer[i], layer[i + 1] = right, left
                position[left], position[right] = i + 1, i


def _inverted(left: Sequence[int], right: Sequence[int]) -> int:
    return sum(one > other for one in left for other in right)
