"""Long texts and JSON values, shortened for a page. The raw JSON of a run has them whole."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

_MAX_TEXT: Final = 5_000
_MAX_JSON: Final = 20_000


@dataclass(frozen=True, slots=True)
class JsonText:
    """A value as indented JSON; ``shortened`` where only its beginning is here."""

    text: str
    shortened: bool


def shorten(text: str) -> str:
    """Return the text, or the beginning of a text that is longer than 5,000 characters."""
    return text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]}…"


def format_json(value: Any) -> JsonText:
    """Return the value as indented JSON of at most 20,000 characters."""
    text = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    return JsonText(text[:_MAX_JSON], len(text) > _MAX_JSON)
