"""Which steps of a graph lead to which, kept as bits: what it costs hardly grows with the number of steps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import compress
from typing import Final

#: A set of steps: bit ``i`` stands for the step at place ``i`` of the topological order.
Bits = int
#: Maps the digits of a binary number to the values 0 and 1.
_VALUES: Final = bytes.maketrans(b"01", b"\x00\x01")


class Paths:
    """The paths of an acyclic graph, given as the direct sources of each step in topological order."""

    def __init__(self, sources: Mapping[str, Sequence[str]]) -> None:
        self._order = tuple(sources)
        self._place = {name: place for place, name in enumerate(self._order)}
        self._sources = sources

    @cached_property
    def _before(self) -> Sequence[Bits]:
        """For each place, the steps that lead to it."""
        found: list[Bits] = []
        for name in self._order:
            bits = 0
            for source in self._sources[name]:
                place = self._place[source]
                bits |= found[place] | 1 << place
            found.append(bits)
        return found

    @cached_property
    def _after(self) -> Sequence[Bits]:
        """For each place, that step and the steps that it leads to."""
        found: list[Bits] = [1 << place for place in range(len(self._order))]
        for place in reversed(range(len(self._order))):
            for source in self._sources[self._order[place]]:
                found[self._place[source]] |= found[place]
        return found

    def leads_to(self, one: str, other: str) -> bool:
        """Return whether a path leads from one step to the other."""
        return bool(self._before[self._place[other]] >> self._place[one] & 1)

    def downstream(self, name: str) -> Bits:
        """Return the step and all that a path leads to from it."""
        return self._after[self._place[name]]

    def bits_of(self, names: Iterable[str]) -> Bits:
        """Return the steps of those names."""
        marks = bytearray(len(self._order) // 8 + 1)
        for name in names:
            place = self._place[name]
            marks[place // 8] |= 1 << place % 8
        return int.from_bytes(marks, "little")

    def names_of(self, bits: Bits) -> tuple[str, ...]:
        """Return the names of the steps, in topological order."""
        if not bits:
            return ()
        digits = f"{bits:b}".encode()[::-1].translate(_VALUES)
        return tuple(compress(self._order, digits))

    @cached_property
    def ancestors(self) -> Mapping[str, Sequence[str]]:
        """For each step, the steps that lead to it, in topological order; made when they are asked for."""
        return _Ancestors(self)


class _Ancestors(Mapping[str, Sequence[str]]):
    """The ancestors by step. The last answer is kept: a worker asks for those of one step several times."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths
        self._last: tuple[str, Sequence[str]] | None = None

    def __getitem__(self, name: str) -> Sequence[str]:
        last = self._last
        if last is None or last[0] != name:
            paths = self._paths
            last = self._last = (name, paths.names_of(paths._before[paths._place[name]]))
        return last[1]

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths._order)

    def __len__(self) -> int:
        return len(self._paths._order)
