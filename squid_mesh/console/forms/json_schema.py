"""Reading the JSON schema of a pydantic model as the properties that a form asks for. No Django."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from squid_mesh.definitions.values.schemas import TIMEZONE

#: A text that may be longer than this has a field of several lines.
_LONG_TEXT: Final = 200
_MULTILINE: Final = frozenset({"textarea", "multiline", "markdown"})
#: No value: the model uses its default, or reports the missing property.
MISSING: Final = object()

Schema = Mapping[str, Any]


class Kind(StrEnum):
    """The kind of a form's field. ``json`` is for every value without a field of its own."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    EMAIL = "email"
    URL = "url"
    SECRET = "secret"  # noqa: S105 - the kind of a field
    INTEGER = "integer"
    NUMBER = "number"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    DATE = "date"
    TIME = "time"
    DATE_TIME = "date-time"
    NAIVE_DATE_TIME = "naive-date-time"
    JSON = "json"
    SECRET_JSON = "secret_json"  # noqa: S105 - as above


_FORMATS: Final = {
    "date": Kind.DATE,
    "time": Kind.TIME,
    "date-time": Kind.DATE_TIME,
    "email": Kind.EMAIL,
    "uri": Kind.URL,
}
_TYPES: Final = {"integer": Kind.INTEGER, "number": Kind.NUMBER, "boolean": Kind.BOOLEAN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """One property. ``default`` is MISSING for secrets and if the schema has none.

    ``limits`` are the schema's keywords that limit the value, such as ``minimum`` and ``maxLength``.
    """

    name: str
    kind: Kind
    label: str
    description: str
    required: bool
    nullable: bool
    default: Any
    choices: tuple[Any, ...]
    examples: tuple[Any, ...]
    limits: Mapping[str, Any]

    @property
    def default_text(self) -> str:
        """The default as JSON; empty if there is none."""
        return "" if self.default is MISSING else json.dumps(self.default, ensure_ascii=False)


_LIMITS: Final = (
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
)


def read_properties(schema: Schema) -> tuple[Property, ...]:
    """Return the properties of an object's schema, in the order of the model's fields."""
    root = _resolve(schema, schema)
    required = set(root.get("required", ()))
    return tuple(
        _read_property(name, own, schema, name in required)
        for name, own in root.get("properties", {}).items()
    )


def _read_property(name: str, own: Schema, root: Schema, required: bool) -> Property:
    schema, nullable = _remove_null(_resolve(own, root), root)
    kind = _find_kind(schema, root)
    secret = kind in (Kind.SECRET, Kind.SECRET_JSON)
    choices = _find_choices(schema) if kind is Kind.CHOICE else ()
    examples = own.get("examples", schema.get("examples", ()))
    return Property(
        name=name,
        kind=kind,
        # The title of a referenced model is the name of its class, which is no label.
        label=str(own.get("title") or name.replace("_", " ").strip().capitalize() or name),
        description=str(own.get("description") or schema.get("description") or ""),
        required=required,
        nullable=nullable,
        default=MISSING if secret else own.get("default", MISSING),
        choices=choices,
        examples=tuple(examples) if isinstance(examples, list | tuple) and not secret else (),
        limits={key: value for key, value in _find_limits(schema).items() if key in _LIMITS},
    )


def _resolve(schema: Schema, root: Schema) -> Schema:
    """Return the schema with its ``$ref`` resolved; keywords beside the reference override the target's."""
    seen: set[str] = set()
    while True:
        reference = schema.get("$ref")
        both = schema.get("allOf", ())
        if reference is None and len(both) == 1:
            reference, schema = both[0].get("$ref"), {**both[0], **schema}
        if reference is None or reference in seen:
            return schema
        seen.add(reference)
        beside = {key: value for key, value in schema.items() if key not in ("$ref", "allOf")}
        schema = {**_find_target(reference, root), **beside}


def _find_target(reference: str, root: Schema) -> Schema:
    found: Any = root
    for part in reference.removeprefix("#/").split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        found = found.get(key, {}) if isinstance(found, Mapping) else {}
    return found if isinstance(found, Mapping) else {}


def _remove_null(schema: Schema, root: Schema) -> tuple[Schema, bool]:
    """Return the schema of the value when it isn't null, and whether it may be null."""
    ways = schema.get("anyOf")
    if ways is not None:
        others = [way for way in ways if way.get("type") != "null"]
        if len(others) == len(ways):
            return schema, False
        beside = {key: value for key, value in schema.items() if key != "anyOf"}
        if len(others) == 1:
            return {**_resolve(others[0], root), **beside}, True
        return {**beside, "anyOf": others}, True
    kinds = schema.get("type")
    if isinstance(kinds, list) and "null" in kinds:
        rest = [kind for kind in kinds if kind != "null"]
        return {**schema, "type": rest[0] if len(rest) == 1 else rest}, True
    if None in schema.get("enum", ()):
        return {**schema, "enum": [value for value in schema["enum"] if value is not None]}, True
    return schema, False


def _find_kind(schema: Schema, root: Schema) -> Kind:
    if _is_secret(schema):
        return Kind.SECRET if schema.get("type") == "string" else Kind.SECRET_JSON
    if _find_choices(schema):
        return Kind.CHOICE
    if _is_decimal(schema):
        return Kind.DECIMAL
    kind = schema.get("type")
    if kind == "string":
        return _find_text_kind(schema)
    if isinstance(kind, str) and kind in _TYPES:
        return _TYPES[kind]
    return Kind.SECRET_JSON if _contains_secret(schema, root, set()) else Kind.JSON


def _find_text_kind(schema: Schema) -> Kind:
    form = schema.get("format")
    if form == "date-time" and schema.get(TIMEZONE) == "naive":
        return Kind.NAIVE_DATE_TIME
    if form in _FORMATS:
        return _FORMATS[form]
    wanted = {form, schema.get("widget")} & _MULTILINE or schema.get("multiline") is True
    return Kind.LONG_TEXT if wanted or schema.get("maxLength", 0) > _LONG_TEXT else Kind.TEXT


def _find_choices(schema: Schema) -> tuple[Any, ...]:
    """Return the values to choose from; none if one of them is an object, a list or null."""
    values = [schema["const"]] if "const" in schema else list(schema.get("enum", ()))
    plain = all(isinstance(value, str | int | float) for value in values)
    return tuple(values) if plain else ()


def _is_decimal(schema: Schema) -> bool:
    """Return whether it is a decimal: pydantic writes these as a number or a text."""
    ways = [way.get("type") for way in schema.get("anyOf", ())]
    return sorted(str(way) for way in ways) == ["number", "string"]


def _find_limits(schema: Schema) -> Schema:
    if not _is_decimal(schema):
        return schema
    return next(way for way in schema["anyOf"] if way.get("type") == "number")


def _is_secret(schema: Schema) -> bool:
    """Return whether the value is a secret: by its type, or marked as sensitive."""
    return (
        schema.get("format") == "password"
        or schema.get("writeOnly") is True
        or schema.get("sensitive") is True
    )


def _contains_secret(schema: Schema, root: Schema, seen: set[str]) -> bool:
    reference = schema.get("$ref")
    if reference is not None:
        if reference in seen:
            return False
        seen.add(reference)
    resolved = _resolve(schema, root)
    return _is_secret(resolved) or any(
        _contains_secret(part, root, seen) for part in _iterate_parts(resolved)
    )


def _iterate_parts(schema: Schema) -> Iterator[Schema]:
    """Yield the schemas inside a schema."""
    yield from schema.get("properties", {}).values()
    for key in ("anyOf", "oneOf", "allOf", "prefixItems"):
        yield from schema.get(key, ())
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), Mapping):
            yield schema[key]
