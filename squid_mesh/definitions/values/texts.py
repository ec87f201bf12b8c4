"""Text that every database can store: without NUL and without lone surrogates."""

from __future__ import annotations

import re
from typing import Final

_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


def find_text_error(text: str) -> str:
    """Return why the text can't be stored, as half a sentence, or an empty string if it can.

    PostgreSQL rejects NUL, and no encoding has a lone surrogate, which is half of a character.
    """
    if "\x00" in text:
        return "contains a NUL character"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "contains lone surrogates"
    return ""


def is_storable(*texts: str | None) -> bool:
    """Whether every database can store the texts. A text that it can't store needs no query."""
    return not any(text and find_text_error(text) for text in texts)


def replace_unstorable(text: str) -> str:
    """Return the text with U+FFFD in place of each character that can't be stored."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)
