"""Tags: short words for finding runs. Their limits, and their one canonical order."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, Final

from squid_mesh.exceptions import InvalidArgument

#: The most characters of a tag.
MAX_TAG_LENGTH: Final = 64
#: The most tags of a run.
MAX_TAGS: Final = 20
#: Separates tags on one line. A tag can't contain it.
SEPARATOR: Final = ","


def validate_tags(given: Any, argument: str) -> tuple[str, ...]:
    """Return the tags sorted, each once, without surrounding spaces.

    Raises:
        InvalidArgument: some are invalid; ``details["errors"]`` lists every error.
    """
    tags, errors = parse_tags(given)
    if errors:
        raise InvalidArgument(" ".join(errors), argument=argument, errors=list(errors))
    return tags


def split_tags(line: str) -> list[str]:
    """Return the tags of a comma-separated line. Empty parts are ignored."""
    return [part for part in line.split(SEPARATOR) if part.strip()]


def parse_tags(given: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the valid tags and the errors of the others."""
    if isinstance(given, str) or not isinstance(given, Iterable):
        return (), (f"Tags must be a list of strings, not {_quote(given)}.",)
    found: set[str] = set()
    errors: list[str] = []
    for one in given:
        tag = unicodedata.normalize("NFC", one.strip()) if isinstance(one, str) else one
        found_errors = _find_tag_errors(tag)
        errors += [f"{_quote(one)} {error}." for error in found_errors]
        if not found_errors:
            found.add(tag)
    if len(found) > MAX_TAGS:
        errors.append(f"A run can have at most {MAX_TAGS} tags, not {len(found)}.")
    return tuple(sorted(found)), tuple(dict.fromkeys(errors))


def _quote(given: Any) -> str:
    return repr(given[:MAX_TAG_LENGTH] if isinstance(given, str) else given)[: 2 * MAX_TAG_LENGTH]


def _find_tag_errors(tag: Any) -> Sequence[str]:
    if not isinstance(tag, str):
        return ("is not a string",)
    if not tag:
        return ("is empty",)
    errors = []
    if len(tag) > MAX_TAG_LENGTH:
        errors.append(f"has {len(tag)} characters; at most {MAX_TAG_LENGTH} are allowed")
    if SEPARATOR in tag:
        errors.append("contains a comma, which separates tags")
    if not tag.isprintable():
        errors.append("contains characters that can't be printed, such as a line break")
    return errors
