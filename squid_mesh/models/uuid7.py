"""Run ids: UUID version 7 (RFC 9562), which sort by time of creation."""

from __future__ import annotations

import os
import time
from uuid import UUID

_VERSION_7 = 0x7 << 76
_VARIANT = 0x2 << 62


def uuid7() -> UUID:
    """Return a new id: 48 bits of Unix milliseconds, 12 bits of their fraction, 62 random bits."""
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    fraction = (rest << 12) // 1_000_000
    random_bits = int.from_bytes(os.urandom(8), "big") >> 2
    return UUID(
        int=(milliseconds & ((1 << 48) - 1)) << 80 | _VERSION_7 | fraction << 64 | _VARIANT | random_bits
    )
