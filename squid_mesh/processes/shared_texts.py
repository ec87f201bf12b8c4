"""Short texts that the processes of a cluster share in memory, without a lock."""

from __future__ import annotations

import time
import zlib
from collections.abc import Mapping
from multiprocessing.sharedctypes import RawArray, RawValue
from typing import Any, Final

_CHECKSUM: Final = 4


class SharedTexts:
    """Places for texts of at most ``size`` bytes each, shared with the processes that are forked later.

    A killed process would keep a lock, so there is none. If two processes write one place at once, one of the
    texts stays, or neither: each has a checksum. So a text may be lost, but is never another one.
    """

    def __init__(self, places: int, size: int) -> None:
        self.places = places
        self.size = size
        self._length = size + _CHECKSUM
        self._bytes: Any = RawArray("c", places * self._length)
        self._written: Any = RawValue("Q", 0)
        self._read_at = 0
        self._texts: Mapping[int, str] = {}

    def read(self) -> Mapping[int, str]:
        """Return the texts by their place. If nothing was written since the last call, this costs nothing."""
        written = self._written.value
        if written != self._read_at:
            self._texts = {place: text for place in range(self.places) if (text := self._text_at(place))}
            self._read_at = written
        return self._texts

    def write(self, place: int, text: str) -> bool:
        """Store the text there, or empty the place; return False, and store nothing, if it is too long."""
        stored = text.encode()
        if len(stored) > self.size:
            return False
        checksum = zlib.crc32(stored).to_bytes(_CHECKSUM, "big") if stored else bytes(_CHECKSUM)
        start = place * self._length
        self._bytes[start : start + self._length] = (checksum + stored).ljust(self._length, b"\0")
        self._written.value = time.monotonic_ns()  # another number at each call, in every process
        return True

    def _text_at(self, place: int) -> str:
        start = place * self._length
        found = self._bytes[start : start + self._length]
        stored = found[_CHECKSUM:].rstrip(b"\0")
        if not stored or zlib.crc32(stored).to_bytes(_CHECKSUM, "big") != found[:_CHECKSUM]:
            return ""
        return str(stored.decode(errors="replace"))
