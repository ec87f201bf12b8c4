"""Text that every database stores: without NUL, and without half of a character."""

from __future__ import annotations

import re
from typing import Final

_REFUSED: Final = re.compile("[\x00\ud800-\udfff]")


def find_text_error(text: str) -> str:
    """What keeps the text from being stored, as half a sentence; empty where nothing does.

    PostgreSQL has no room for NUL, and a lone surrogate, half of a character, is in no encoding.
    """
    if "\x00" in text:
        return "has a NUL character in it"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "has lone surrogates in it"
    return ""


def is_storable(*texts: str | None) -> bool:
    """Whether a database may hold them: what it can't hold isn't there to be found."""
    return not any(text and find_text_error(text) for text in texts)


def replace_unstorable(text: str) -> str:
    """The text, another character in place of each that isn't stored."""
    return _REFUSED.sub("\N{REPLACEMENT CHARACTER}", text)
