"""How large and how deep values may be, and texts shortened to what fits."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any, Final

import pydantic_core

from squid_mesh.exceptions import LimitExceeded

#: More levels than that in a JSON value can't be stored by MariaDB. What is stored around a value adds one.
MOST_LEVELS: Final = 30
#: Two thirds of a shortened text are its beginning.
_HEAD: Final = 2 / 3
_LONGEST_NOTE: Final = len("\n… (1,000,000,000,000 characters left out) …\n")
_CONTAINERS: Final = (dict, list, tuple)
_MANY: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueLimit:
    """How large a JSON value may be. Errors name the value's ``argument`` and its ``setting``."""

    argument: str
    setting: str
    size: int
    depth: int

    def check(self, value: Any) -> None:
        """Raise LimitExceeded if the JSON value is too deep or too large."""
        self.check_depth(value)
        size = count_bytes(value)
        if size > self.size:
            raise LimitExceeded(
                self.argument, limit=self.size, actual=size, unit="bytes", setting=self.setting
            )

    def check_depth(self, value: Any) -> None:
        """Raise LimitExceeded if the value has too many levels. It may be any Python value."""
        depth = count_levels(value, self.depth)
        if depth > self.depth:
            raise self.too_deep(depth)

    def too_deep(self, depth: int) -> LimitExceeded:
        """Return the error about a value with that many levels."""
        return LimitExceeded(self.argument, limit=self.depth, actual=depth, unit="levels", setting="DEPTH")


#: For values that come from no caller.
UNLIMITED: Final = ValueLimit(
    argument="payload", setting="PAYLOAD_BYTES", size=sys.maxsize, depth=MOST_LEVELS
)


def count_bytes(value: Any) -> int:
    """Return the length of the value's compact JSON in UTF-8."""
    return len(pydantic_core.to_json(value))


def count_levels(value: Any, enough: int) -> int:
    """Return how many mappings and lists contain one another; it stops counting after ``enough``."""
    level, depth = [value] if isinstance(value, _CONTAINERS) else [], 0
    while level and depth <= enough:
        depth += 1
        inner: list[Any] = []
        for one in level:
            members = one.values() if isinstance(one, dict) else one
            inner += [member for member in members if isinstance(member, _CONTAINERS)]
        if len(inner) > _MANY:  # each once: a list that contains itself twice would grow with each level
            inner = list({id(member): member for member in inner}.values())
        level = inner
    return depth


def shorten_text(text: str, most: int) -> str:
    """Return the text, or its beginning and its end with a note between them of how much is left out."""
    if len(text) <= most:
        return text
    kept = max(most - _LONGEST_NOTE, 0)
    head = round(kept * _HEAD)
    note = f"\n… ({len(text) - kept:,} characters left out) …\n"
    return f"{text[:head]}{note}{text[len(text) - (kept - head) :]}"


def shorten_value(value: Any, size: int, depth: int) -> Any:
    """Return the JSON value; if it is too large or too deep, its size and the beginning of its text."""
    levels = count_levels(value, depth)
    found = count_bytes(value) if levels <= depth else 0
    if levels <= depth and found <= size:
        return value
    text = pydantic_core.to_json(value, serialize_unknown=True).decode(errors="replace")
    return {"left_out": f"{len(text):,} characters of JSON", "beginning": text[: min(1_000, size // 4)]}
