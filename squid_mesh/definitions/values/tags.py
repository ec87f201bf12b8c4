"""Tags: the short words that runs are found by, what they may look like, and in which order they stand."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, Final

from squid_mesh.exceptions import InvalidArgument

#: So many characters a tag has at most.
MAX_TAG_LENGTH: Final = 64
#: So many tags a run has at most.
MAX_TAGS: Final = 20
#: What stands between tags where they are written in one line, and so in none of them.
SEPARATOR: Final = ","


def validate_tags(given: Any, argument: str) -> tuple[str, ...]:
    """The tags, each once, in order and without the spaces around them.

    Raises:
        InvalidArgument: they aren't such as tags may be; ``details["errors"]`` has all that is wrong.
    """
    tags, faults = parse_tags(given)
    if faults:
        raise InvalidArgument(" ".join(faults), argument=argument, errors=list(faults))
    return tags


def split_tags(line: str) -> list[str]:
    """The tags of a line with commas between them. What stands between two commas alone is none."""
    return [part for part in line.split(SEPARATOR) if part.strip()]


def parse_tags(given: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The same tags, or all that is wrong with them."""
    if isinstance(given, str) or not isinstance(given, Iterable):
        return (), (f"They are a list of texts, not {given!r}.",)
    found: set[str] = set()
    faults: list[str] = []
    for one in given:
        tag = unicodedata.normalize("NFC", one.strip()) if isinstance(one, str) else one
        wrong = _faults(tag)
        faults += [f"{one!r} {fault}." for fault in wrong]
        if not wrong:
            found.add(tag)
    if len(found) > MAX_TAGS:
        faults.append(f"A run has at most {MAX_TAGS} tags, and these are {len(found)}.")
    return tuple(sorted(found)), tuple(dict.fromkeys(faults))


def _faults(tag: Any) -> Sequence[str]:
    if not isinstance(tag, str):
        return ("is no text",)
    if not tag:
        return ("is empty",)
    faults = []
    if len(tag) > MAX_TAG_LENGTH:
        faults.append(f"has {len(tag)} characters, and {MAX_TAG_LENGTH} is the most")
    if SEPARATOR in tag:
        faults.append("has a comma, which stands between tags")
    if not tag.isprintable():
        faults.append("has characters that can't be seen, such as a line's end")
    return faults
