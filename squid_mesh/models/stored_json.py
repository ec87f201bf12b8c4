"""JSON columns whose values may be damaged, or written by a newer version: reading them never raises.

A value that isn't what its column promises is read as an :class:`Unreadable`: an empty object or list, with
the reason. So code that only shows rows needs no special case. Code that acts on a value checks for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, assert_never

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Col

#: The problem of a step's request that is an object, but no request.
NOT_A_REQUEST: Final = "it isn't a request that this version knows"
#: More levels than any writer stores, and fewer than Python and pydantic can read.
_MAX_DEPTH: Final = 200


class Shape(StrEnum):
    """What a column promises of its values, beside null."""

    ANY = "any JSON"
    OBJECT = "an object"
    ERROR = "an object with a type and a message as texts"
    TEXTS = "a list of texts"
    PATHS = "a list of paths"
    PLACES = "a list of places"


class Unreadable:
    """A stored value that can't be read. ``problem`` completes "The value can't be read: ..."."""

    problem: str = ""


def why_unreadable(value: Any) -> str | None:
    """Return the problem of a value that was read as unreadable; None for every other value."""
    return value.problem if isinstance(value, Unreadable) else None


class UnreadableObject(Unreadable, dict[str, Any]):
    """An object in its place: empty, or an error that says so."""


class UnreadableList(Unreadable, list[Any]):
    """A list in its place: empty, or the path of the whole value, so that all of it counts as secret."""


def read_json(text: Any, shape: Shape, place: str, *, null: bool = False) -> Any:
    """Return the stored value, or an :class:`Unreadable`; None for SQL's NULL, and if ``null`` for JSON's.

    ``place`` names the column.
    """
    if text is None:
        return None
    try:
        value = json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        return _unreadable(shape, place, f"it is not JSON that Python reads ({error})"[:300])
    if value is None and null:
        return None
    problem = _find_text_problem(text, value) or find_problem(value, shape)
    return _unreadable(shape, place, problem) if problem else value


def find_problem(value: Any, shape: Shape) -> str:
    """Return how a value differs from what its column promises; empty if it doesn't."""
    match shape:
        case Shape.ANY:
            return ""
        case Shape.OBJECT:
            fits = isinstance(value, dict)
        case Shape.ERROR:
            texts = ("type", "message", "code", "step", "outcome", "traceback")
            fits = isinstance(value, dict) and all(isinstance(value.get(key, ""), str) for key in texts)
        case Shape.TEXTS:
            fits = _is_list_of_texts(value)
        case Shape.PATHS:
            fits = isinstance(value, list) and all(_is_list_of_texts(path) for path in value)
        case Shape.PLACES:
            fits = isinstance(value, list) and all(_is_place(place) for place in value)
        case _:
            assert_never(shape)
    return "" if fits else f"it should be {shape.value}, but is {_describe(value)}"


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_place(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(part, str | int) for part in value)


def _describe(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "another list" if value else "an empty list"
        case _:
            return "another object"


def _find_text_problem(text: str, value: Any) -> str:
    """Return why the value can't be shown or copied; it is searched only if the text may have the problem."""
    if text.count("[") + text.count("{") > _MAX_DEPTH and _is_deep(value):
        return f"it has more than {_MAX_DEPTH} levels"
    lower = text if "\\uD" not in text else text.replace("\\uD", "\\ud")
    if "\\ud" in lower and not _can_encode(value):
        return "a text in it contains lone surrogates"
    return ""


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_MAX_DEPTH):
        level = [item for one in level for item in _members(one)]
        if not level:
            return False
    return True


def _members(value: Any) -> Iterator[Any]:
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    yield from (item for item in members if isinstance(item, dict | list))


def _can_encode(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _unreadable(shape: Shape, place: str, problem: str) -> Unreadable:
    found: Unreadable
    match shape:
        case Shape.TEXTS | Shape.PLACES:
            found = UnreadableList()
        case Shape.PATHS:
            found = UnreadableList([[]])
        case Shape.ERROR:
            message = f"The stored error in {place} can't be read: {problem}."
            found = UnreadableObject(type="UnreadableRow", code="unreadable_row", message=message)
        case Shape.ANY | Shape.OBJECT:
            found = UnreadableObject()
    found.problem = problem
    return found


if TYPE_CHECKING:
    # Values are Any, as with Django's own field.
    class StoredJSONField(models.JSONField):
        def __init__(self, *args: Any, shape: Shape, **kwargs: Any) -> None: ...
        def read(self, text: Any) -> Any: ...
        def accept(self, value: Any) -> Any: ...

        shape: Shape
else:

    class StoredJSONField(models.JSONField):
        """A JSON column whose values have a shape. Migrations see Django's own field."""

        def __init__(self, *args: Any, shape: Shape = Shape.ANY, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.shape = shape

        def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
            """Describe the field as a ``JSONField``: the column is the same."""
            name, _, args, kwargs = super().deconstruct()
            return name, "django.db.models.JSONField", args, kwargs

        def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
            """Return the value, or an :class:`Unreadable`."""
            if isinstance(expression, Col):
                return self.read(value)
            try:
                return super().from_db_value(value, expression, connection)
            except (ValueError, RecursionError):
                return self.read(value)

        def read(self, text: Any) -> Any:
            """Return the value of that stored text, or an :class:`Unreadable`."""
            place = f"{self.model._meta.db_table}.{self.column}"
            return read_json(text, self.shape, place, null=self.null)

        def accept(self, value: Any) -> Any:
            """Return a value that was parsed already, or an :class:`Unreadable` if it has another shape."""
            problem = "" if value is None and self.null else find_problem(value, self.shape)
            place = f"{self.model._meta.db_table}.{self.column}"
            return _unreadable(self.shape, place, problem) if problem else value

        def clone(self) -> models.Field:
            """Return a copy with the same shape."""
            copied = super().clone()
            copied.shape = self.shape
            return copied


def stored_json_of(model: type[models.Model], name: str) -> StoredJSONField:
    """Return the JSON column of that name."""
    field = model._meta.get_field(name)
    assert isinstance(field, StoredJSONField)  # noqa: S101 - the models declare it so
    return field


def find_unreadable_columns(row: models.Model) -> Iterator[tuple[str, str]]:
    """Yield the column and the problem of each value of the row that was read and can't be used."""
    for field in row._meta.concrete_fields:
        value = row.__dict__.get(field.attname) if isinstance(field, StoredJSONField) else None
        if isinstance(value, Unreadable):
            yield field.column or field.name, value.problem
