"""Where along its layer each slot stands: near what it is joined to, and apart from its neighbours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from squid_mesh.inspection.diagram.layers import Layering
from squid_mesh.inspection.diagram.ordering import Neighbours, Order

_ROUNDS = 10
#: A way wants to be straight where it passes through, more than where it ends.
_PASS_TO_PASS, _PASS_TO_NODE, _NODE_TO_NODE = 8.0, 2.0, 1.0


@dataclass(slots=True)
class _Block:
    """Slots that touch each other: their common place, and how strongly they hold to it."""

    place: float
    weight: float
    count: int


def placed(
    layering: Layering,
    order: Order,
    joined: tuple[Neighbours, Neighbours],
    extents: Sequence[float],
    gaps: Mapping[bool, float],
) -> list[float]:
    """The middle of each slot, in pixels, the least edge of all at 0.

    ``extents`` are the slots' sizes along the layer. ``gaps`` are the distances that neighbours keep at least:
    True where one of them is a node, False where both are ways.
    """
    middle = [0.0] * len(layering.slots)
    offsets = [_offsets(layering, layer, extents, gaps) for layer in order]
    for layer, distances in zip(order, offsets, strict=True):
        for slot, offset in zip(layer, distances, strict=True):
            middle[slot] = offset - distances[-1] / 2
    above, below = joined
    for turn in range(_ROUNDS):
        last = turn >= _ROUNDS - 2
        down = turn % 2 == 0
        pairs = list(zip(order, offsets, strict=True))
        for layer, distances in pairs if down else pairs[::-1]:
            _pull(layering, layer, distances, middle, _sides(above, below, down=down, both=last))
    least = min((at - extent / 2 for at, extent in zip(middle, extents, strict=True)), default=0.0)
    return [at - least for at in middle]


def _sides(above: Neighbours, below: Neighbours, *, down: bool, both: bool) -> tuple[Neighbours, ...]:
    return (above, below) if both else (above,) if down else (below,)


def _offsets(
    layering: Layering, layer: Sequence[int], extents: Sequence[float], gaps: Mapping[bool, float]
) -> list[float]:
    """How far from the first slot's middle each slot's middle is at least."""
    found = [0.0]
    for left, right in zip(layer, layer[1:], strict=False):
        node = bool(layering.slots[left].node or layering.slots[right].node)
        found.append(found[-1] + (extents[left] + extents[right]) / 2 + gaps[node])
    return found


def _pull(
    layering: Layering,
    layer: Sequence[int],
    offsets: Sequence[float],
    middle: list[float],
    sides: tuple[Neighbours, ...],
) -> None:
    """Move a layer's slots as near to their neighbours as their distances allow, all at once.

    The least squares under these distances: pool adjacent violators.
    """
    blocks: list[_Block] = []
    for slot, offset in zip(layer, offsets, strict=True):
        wish, weight = _wish(layering, slot, middle, sides)
        blocks.append(_Block(wish - offset, weight, 1))
        while len(blocks) > 1 and blocks[-2].place > blocks[-1].place:
            right, left = blocks.pop(), blocks[-1]
            total = left.weight + right.weight
            left.place = (left.place * left.weight + right.place * right.weight) / total
            left.weight, left.count = total, left.count + right.count
    places = [block.place for block in blocks for _ in range(block.count)]
    for slot, offset, place in zip(layer, offsets, places, strict=True):
        middle[slot] = place + offset


def _wish(
    layering: Layering, slot: int, middle: Sequence[float], sides: tuple[Neighbours, ...]
) -> tuple[float, float]:
    passes = not layering.slots[slot].node
    total = weights = 0.0
    for other in (other for side in sides for other in side[slot]):
        through = passes + (not layering.slots[other].node)
        weight = (_NODE_TO_NODE, _PASS_TO_NODE, _PASS_TO_PASS)[through]
        total += middle[other] * weight
        weights += weight
    return (total / weights, weights) if weights else (middle[slot], 0.1)
