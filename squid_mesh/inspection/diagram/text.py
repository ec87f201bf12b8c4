"""The width of a text, and shortening one that is too wide."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

#: Widths in thousandths of the font's size: those of Helvetica, similar to the style sheet's fonts.
_WIDTHS: Final[dict[str, int]] = {
    **dict.fromkeys("ijlI'|.,:;!", 278),
    **dict.fromkeys("ftr()[]/\\-`", 340),
    **dict.fromkeys("ckszvxyJ", 510),
    **dict.fromkeys("mMW%@", 880),
    **dict.fromkeys("wCDGHNOQRU", 740),
    **dict.fromkeys("ABEKPSVXY&", 680),
    " ": 278,
    "_": 556,
}
_OTHER: Final = 575
_WIDE: Final = 1000
#: Fonts differ: a text gets this much more room than Helvetica needs.
_MARGIN: Final = 1.1
_ELLIPSIS: Final = "…"


@lru_cache(maxsize=4096)
def width(text: str, size: float) -> float:
    """Return the width of a line in a font of that size, both in pixels; too wide rather than too narrow."""
    return sum(_thousandths(character) for character in text) * size * _MARGIN / 1000


def _thousandths(character: str) -> int:
    if character in _WIDTHS:
        return _WIDTHS[character]
    if unicodedata.east_asian_width(character) in "WF":
        return _WIDE
    return 0 if unicodedata.combining(character) else _OTHER


@lru_cache(maxsize=4096)
def shorten(text: str, size: float, most: float) -> str:
    """Return the text, shorten in the middle to at most ``most`` pixels."""
    text = printable(text)
    if width(text, size) <= most:
        return text
    for kept in range(len(text) - 1, 1, -1):
        tail = kept // 3
        cut = f"{text[: kept - tail].rstrip()}{_ELLIPSIS}{text[len(text) - tail :].lstrip()}"
        if width(cut, size) <= most:
            return cut
    return _ELLIPSIS


def printable(text: str) -> str:
    """Return the text on one line, without characters that XML forbids."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
