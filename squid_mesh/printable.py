"""Texts of others in a terminal or a log: shown in full, but never obeyed."""

from __future__ import annotations

import re
from typing import Final

#: Control characters, what changes the direction of a text, other line ends, invisible tags, and halves of
#: characters. A terminal may obey them; in a log they can look like another record.
_UNSAFE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)


def escape_controls(text: str, *, keep_lines: bool = False) -> str:
    r"""Return the text with each unsafe character as its escape: ``\n``, ``\x1b``, ``\u202e``.

    With ``keep_lines``, line ends and tabs stay.
    """
    if text.isascii() and text.isprintable():
        return text
    return _UNSAFE.sub(lambda found: _escape(found.group(), keep_lines=keep_lines), text)


def escape_json(text: str) -> str:
    r"""Return a JSON text with its unsafe characters as JSON escapes, which any reader reverses."""
    return _UNSAFE.sub(lambda found: _escape_json(found.group()), text)


def _escape(character: str, *, keep_lines: bool) -> str:
    if keep_lines and character in "\n\t":
        return character
    return character.encode("unicode_escape").decode("ascii")


def _escape_json(character: str) -> str:
    if character in "\n\t":  # between values: inside a text, JSON has escaped them
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
