"""Reading the beginning of large values: the database cuts them, so that they aren't in memory whole."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, TypeVar

from django.db.models import Model, QuerySet, TextField
from django.db.models.functions import Cast, Length, Substr
from pydantic_core import from_json

from squid_mesh.models.stored_json import StoredJSONField, stored_json_of

Row = TypeVar("Row", bound=Model)

#: A number at the cut would be another number.
_CUT_NUMBER: Final = re.compile(r"[-+0-9.eE]{1,500}$")


def read_beginnings(rows: QuerySet[Row], names: Sequence[str], most: int) -> list[Row]:
    """Return the rows with at most that many characters of each of their JSON columns.

    :func:`list_cut_values` says which values are incomplete.
    """
    texts = {name: Cast(name, TextField()) for name in names}
    heads = {f"{name}_head": Substr(text, 1, most) for name, text in texts.items()}
    sizes = {f"{name}_size": Length(text) for name, text in texts.items()}
    found = list(rows.defer(*names).annotate(**heads, **sizes))
    for row in found:
        for name in names:
            head, size = getattr(row, f"{name}_head"), getattr(row, f"{name}_size")
            setattr(row, name, _parse(stored_json_of(type(row), name), head, size, most))
    return found


def list_cut_values(row: Model, names: Sequence[str], most: int | None) -> dict[str, int]:
    """Return the size in characters of each column that is incomplete, by name."""
    if most is None:
        return {}
    sizes = {name: getattr(row, f"{name}_size") for name in names}
    return {name: size for name, size in sizes.items() if size is not None and size > most}


def _parse(field: StoredJSONField, head: str | None, size: int | None, most: int) -> Any:
    if head is None or size is None or size <= most:
        return field.read(head)
    try:
        return field.accept(from_json(_CUT_NUMBER.sub("", head), allow_partial="trailing-strings"))
    except ValueError:  # it is no JSON, or has too many levels
        return field.read("")
