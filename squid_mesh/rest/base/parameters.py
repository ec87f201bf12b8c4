"""Types of query parameters, which read texts strictly."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BeforeValidator, Field

from squid_mesh.rest.base.requests import Query

_INTEGER: Final = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_BOOLEANS: Final = {"true": True, "false": False}


def _read_integer(text: Any) -> Any:
    if isinstance(text, str):
        if not _INTEGER.fullmatch(text):
            raise ValueError("must be a whole number")
        return int(text)
    return text


def _read_boolean(text: Any) -> Any:
    if isinstance(text, str):
        if text not in _BOOLEANS:
            raise ValueError("must be true or false")
        return _BOOLEANS[text]
    return text


def _read_time(text: Any) -> Any:
    """Return the time. Pydantic alone would also take a number, as seconds since 1970."""
    if not isinstance(text, str):
        return text
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("must be a time as in ISO 8601") from None  # without the text


Integer = Annotated[int, BeforeValidator(_read_integer)]
Boolean = Annotated[bool, BeforeValidator(_read_boolean)]
Time = Annotated[AwareDatetime, BeforeValidator(_read_time)]
Limit = Annotated[Integer, Field(ge=1, le=100, description="The maximum number of items on the page.")]


class PageQuery(Query):
    """Which page of a list."""

    limit: Limit = 50
    after: str | None = Field(default=None, description="Where the page starts; `next` contains it.")


class OlderQuery(Query):
    """Which page of a history."""

    limit: Limit = 50
    before: Integer | None = Field(
        default=None, ge=0, le=2**31 - 1, description="Only items with a smaller number; `next` contains it."
    )
