"""What a worker executes now, on its slot of the board: its supervisor renews these leases if it can't.

A slot has a few places, and each shows one claim. A place has one writer, the thread that executes the
claim; only the word ``renewed`` belongs to the thread that renews leases, once the claim is shown. A reader
may come while a place is written: the version is odd meanwhile, and a checksum covers what belongs together.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final
from uuid import UUID

#: Claims that one process can show at a time. Further ones are renewed by the process alone.
PLACES: Final = 8
#: Words of a place.
_PLACE: Final = 8
#: Words of all places.
PLACES_WORDS: Final = PLACES * _PLACE

_VERSION, _HIGH, _LOW, _LEASE, _DEADLINE, _CHECK, _RENEWED = range(7)
#: Part of the checksum, so that it isn't 0 where nothing was written.
_SEAL: Final = 0x5351554944204D53
#: The deadline of a claim that has none.
_NEVER: Final = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Executing:
    """A claim that a process executes. Times are on the monotonic clock, the lease is in seconds.

    ``renewed``: when the lease was renewed last, or taken. ``deadline``: when the process ends itself because
    the step couldn't be stopped at its timeout; None if the step has no timeout.
    """

    token: UUID
    lease: float
    renewed: float
    deadline: float | None


class Places:
    """The places of one slot."""

    def __init__(self, words: memoryview[int], reals: memoryview[float], start: int) -> None:
        """``words`` and ``reals`` are the board; ``start`` is the number of the first word."""
        self._words = words
        self._reals = reals
        self._start = start

    def show(self, place: int, executing: Executing) -> None:
        """Write a claim to the place."""
        at = self._start + _PLACE * place
        high, low = divmod(executing.token.int, 1 << 64)
        self._reals[at + _RENEWED] = executing.renewed
        deadline = _NEVER if executing.deadline is None else executing.deadline
        self._write(at, high, low, *_as_words(executing.lease, deadline))

    def hide(self, place: int) -> None:
        """Show that the place is empty."""
        self._write(self._start + _PLACE * place, 0, 0, 0, 0)

    def note_renewed(self, place: int, renewed: float) -> None:
        """Write when the lease of the place's claim was renewed."""
        self._reals[self._start + _PLACE * place + _RENEWED] = renewed

    def read(self) -> list[Executing]:
        """Return the claims that are shown, without those that are just being written."""
        found = (self._read(self._start + _PLACE * place) for place in range(PLACES))
        return [executing for executing in found if executing is not None]

    def _write(self, at: int, high: int, low: int, lease: int, deadline: int) -> None:
        words = self._words
        version = (words[at + _VERSION] | 1) + 1  # an interrupted write has left an odd one
        words[at + _VERSION] = version - 1
        words[at + _HIGH], words[at + _LOW] = high, low
        words[at + _LEASE], words[at + _DEADLINE] = lease, deadline
        words[at + _CHECK] = _check(version, high, low, lease, deadline)
        words[at + _VERSION] = version

    def _read(self, at: int) -> Executing | None:
        words = self._words
        version = words[at + _VERSION]
        high, low, lease, deadline, check = words[at + _HIGH : at + _CHECK + 1]
        renewed = self._reals[at + _RENEWED]
        if not high | low or version % 2 or words[at + _VERSION] != version:
            return None
        if check != _check(version, high, low, lease, deadline):
            return None
        seconds, ends = struct.unpack("=dd", struct.pack("=QQ", lease, deadline))
        token = UUID(int=high << 64 | low)
        return Executing(
            token=token, lease=seconds, renewed=renewed, deadline=None if ends == _NEVER else ends
        )


def _check(version: int, high: int, low: int, lease: int, deadline: int) -> int:
    return _SEAL ^ version ^ high ^ low ^ lease ^ deadline


def _as_words(lease: float, deadline: float) -> tuple[int, int]:
    first, second = struct.unpack("=QQ", struct.pack("=dd", lease, deadline))
    return first, second
