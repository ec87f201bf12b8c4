"""Making lines straight: each is moved as a whole, and keeps its distance from its neighbours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter

_ROUNDS = 10
#: The least distance that counts, in pixels, where what is near pulls more.
_NEAR = 8.0

Pulls = Sequence[Sequence[tuple[int, float]]]
Beside = Mapping[int, Mapping[int, float]]


@dataclass(frozen=True, slots=True)
class Apart:
    """Two slots side by side: ``right`` is at least ``distance`` to the right of ``left``."""

    left: int
    right: int
    distance: float


def straightened(
    middle: Sequence[float], lines: Sequence[Sequence[int]], pulls: Pulls, sides: Sequence[Apart]
) -> list[float]:
    """Return the middles of the slots so that each line is straight, close to where they were.

    ``pulls`` are, for each slot, others and how strongly they pull. The lines must not cross.
    """
    line = {slot: number for number, slots in enumerate(lines) for slot in slots}
    left: dict[int, dict[int, float]] = {number: {} for number in range(len(lines))}
    right: dict[int, dict[int, float]] = {number: {} for number in range(len(lines))}
    for side in sides:
        one, other = line[side.left], line[side.right]
        left[other][one] = max(side.distance, left[other].get(one, 0.0))
        right[one][other] = left[other][one]
    order = tuple(TopologicalSorter(left).static_order())
    wanted = [sum(middle[slot] for slot in slots) / len(slots) for slots in lines]
    place = _kept_apart(wanted, order, left, right)
    outer = [
        [(line[other], pull) for slot in slots for other, pull in pulls[slot] if line[other] != number]
        for number, slots in enumerate(lines)
    ]
    for turn in range(_ROUNDS):
        pull_to = _mean if turn < _ROUNDS // 2 else _near_mean
        for number in order if turn % 2 else order[::-1]:
            at = pull_to(place[number], [(place[other], pull) for other, pull in outer[number]])
            at = max(at, _least(number, place, left))
            place[number] = min(at, _most(number, place, right))
    return [place[line[slot]] for slot in range(len(middle))]


def _kept_apart(wanted: Sequence[float], order: Sequence[int], left: Beside, right: Beside) -> list[float]:
    """Return places close to the wanted ones that keep all distances, no wider than necessary.

    Halfway between pushing right and pushing left, each within the bounds of the narrowest picture.
    """
    first = min(wanted, default=0.0)
    lowest = [first] * len(wanted)
    for number in order:
        lowest[number] = max(first, _least(number, lowest, left))
    last = max([*wanted, *lowest], default=0.0)
    highest = [last] * len(wanted)
    for number in reversed(order):
        highest[number] = min(last, _most(number, highest, right))
    pushed = [min(max(at, low), high) for at, low, high in zip(wanted, lowest, highest, strict=True)]
    pulled = list(pushed)
    for number in order:
        pushed[number] = max(pushed[number], _least(number, pushed, left))
    for number in reversed(order):
        pulled[number] = min(pulled[number], _most(number, pulled, right))
    return [(one + other) / 2 for one, other in zip(pushed, pulled, strict=True)]


def _least(number: int, place: Sequence[float], left: Beside) -> float:
    return max((place[other] + by for other, by in left[number].items()), default=float("-inf"))


def _most(number: int, place: Sequence[float], right: Beside) -> float:
    return min((place[other] - by for other, by in right[number].items()), default=float("inf"))


def _mean(own: float, pulls: Sequence[tuple[float, float]]) -> float:
    weight = sum(pull for _, pull in pulls)
    return sum(at * pull for at, pull in pulls) / weight if weight else own


def _near_mean(own: float, pulls: Sequence[tuple[float, float]]) -> float:
    """Return a mean in which close slots weigh more, so that many edges become straight."""
    return _mean(own, [(at, pull / max(abs(at - own), _NEAR)) for at, pull in pulls])
