"""Long texts and JSON values, shortened for a page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from django.utils.formats import number_format

_MAX_TEXT: Final = 5_000
#: How much of a JSON value a page shows, and reads.
MAX_JSON: Final = 20_000


@dataclass(frozen=True, slots=True)
class JsonText:
    """A value as indented JSON; ``shortened`` where only its beginning is here.

    ``size`` is the length of the whole value, if only its beginning was read.
    """

    text: str
    shortened: bool
    size: str = ""


def shorten(text: str) -> str:
    """Return the text, or the beginning of a text that is longer than 5,000 characters."""
    return text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]}…"


def format_json(value: Any, size: int | None = None) -> JsonText:
    """Return the value as indented JSON of at most 20,000 characters.

    ``size`` is the number of characters of the whole value, if this is only its beginning.
    """
    text = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    shown = number_format(size, use_l10n=True, force_grouping=True) if size else ""
    return JsonText(text[:MAX_JSON], bool(size) or len(text) > MAX_JSON, shown)
