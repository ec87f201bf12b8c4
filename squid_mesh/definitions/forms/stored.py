"""Checking answers by a stored JSON schema, where the model that it was made from is no longer installed.

It covers the keywords with which pydantic describes models. Messages are pydantic's.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import operator
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Annotated, Any, Final

from pydantic import AnyUrl, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import SchemaError

from squid_mesh.definitions.forms.changes import Schema, find_target
from squid_mesh.definitions.problems import did_you_mean

Errors = Iterator[tuple[tuple[str, ...], str]]

_TYPES: Final[Mapping[str, tuple[str, type[Any] | tuple[type[Any], ...]]]] = {
    "string": ("string", str),
    "integer": ("integer", int),
    "number": ("number", (int, float)),
    "boolean": ("boolean", bool),
    "object": ("dictionary", dict),
    "array": ("list", list),
    "null": ("null", type(None)),
}
_FORMATS: Final[Mapping[str, tuple[str, TypeAdapter[Any]]]] = {
    "date": ("date", TypeAdapter(dt.date)),
    "date-time": ("date and time", TypeAdapter(dt.datetime)),
    "time": ("time", TypeAdapter(dt.time)),
    "duration": ("duration", TypeAdapter(dt.timedelta)),
    "uuid": ("UUID", TypeAdapter(uuid.UUID)),
    "uri": ("URL", TypeAdapter(AnyUrl)),
    "ipv4": ("IPv4 address", TypeAdapter(ipaddress.IPv4Address)),
    "ipv6": ("IPv6 address", TypeAdapter(ipaddress.IPv6Address)),
}


def _is_multiple(value: float, step: float) -> bool:
    quotient = value / step
    return abs(quotient - round(quotient)) < 1e-9  # as tolerant as binary fractions need


_LIMITS: Final[Mapping[str, tuple[str, Callable[[float, float], bool]]]] = {
    "minimum": ("greater than or equal to", operator.ge),
    "exclusiveMinimum": ("greater than", operator.gt),
    "maximum": ("less than or equal to", operator.le),
    "exclusiveMaximum": ("less than", operator.lt),
    "multipleOf": ("a multiple of", _is_multiple),
}
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")


def check_answers(schema: Schema, answers: Any) -> tuple[Any, dict[str, list[str]]]:
    """Return the answers with the schema's defaults filled in, and the errors by dotted path.

    Unknown fields are errors, unless the schema allows additional properties.
    """
    found: dict[str, list[str]] = {}
    filled = fill_defaults(schema, answers)
    strict = {"additionalProperties": False, **schema} if "properties" in schema else schema
    for path, message in _check(filled, strict, schema):
        found.setdefault(".".join(path) or "__all__", []).append(message)
    return filled, found


def check_field(schema: Schema, name: str, value: Any) -> list[str]:
    """Return the errors of the value of one field of the schema."""
    own = schema.get("properties", {}).get(name, {})
    return [f"{'.'.join(path)}: {text}" if path else text for path, text in _check(value, own, schema)]


def fill_defaults(schema: Schema, answers: Any) -> Any:
    """Return the answers with the defaults of the fields that are missing."""
    if not isinstance(answers, dict):
        return answers
    properties = schema.get("properties", {})
    defaults = {name: one["default"] for name, one in properties.items() if "default" in one}
    return {**{name: value for name, value in defaults.items() if name not in answers}, **answers}


def _check(value: Any, schema: Any, root: Schema) -> Errors:
    if schema is False:
        yield (), "unknown field"
    if not isinstance(schema, Mapping):
        return
    reference = schema.get("$ref")
    if isinstance(reference, str):
        yield from _check(value, find_target(reference, root), root)
    mismatch = _find_type_error(value, schema.get("type"))
    if mismatch:
        yield (), mismatch
        return
    yield from _check_choice(value, schema, root)
    if isinstance(value, str):
        yield from _check_text(value, schema)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _check_number(value, schema)
    elif isinstance(value, list):
        yield from _check_items(value, schema, root)
    elif isinstance(value, dict):
        yield from _check_members(value, schema, root)


def _find_type_error(value: Any, wanted: Any) -> str:
    kinds = [wanted] if isinstance(wanted, str) else wanted or []
    known = [_TYPES[kind] for kind in kinds if kind in _TYPES]
    if not known or any(_is_of(value, types) for _, types in known):
        return ""
    return f"Input should be a valid {' or '.join(name for name, _ in known)}"


def _is_of(value: Any, types: type[Any] | tuple[type[Any], ...]) -> bool:
    if isinstance(value, bool):
        return types is bool
    return isinstance(value, types) or (types is int and isinstance(value, float) and value.is_integer())


def _check_choice(value: Any, schema: Schema, root: Schema) -> Errors:
    choices = [schema["const"]] if "const" in schema else schema.get("enum")
    if choices is not None and not any(_equal(value, one) for one in choices):
        yield (), f"Input should be {' or '.join(repr(one) for one in choices)}"
    for part in schema.get("allOf", ()):
        yield from _check(value, part, root)
    for key in ("anyOf", "oneOf"):
        ways = [list(_check(value, way, root)) for way in schema.get(key, ())]
        if ways and all(ways):
            yield from min(ways, key=len)
    if "not" in schema and not list(_check(value, schema["not"], root)):
        yield (), "Input should not have this value"


def _equal(value: Any, other: Any) -> bool:
    """Compare as JSON does: a boolean is no number."""
    return isinstance(value, bool) is isinstance(other, bool) and bool(value == other)


def _check_text(value: str, schema: Schema) -> Errors:
    least, most = schema.get("minLength"), schema.get("maxLength")
    if least is not None and len(value) < least:
        yield (), f"String should have at least {least} characters"
    if most is not None and len(value) > most:
        yield (), f"String should have at most {most} characters"
    pattern = schema.get("pattern")
    if isinstance(pattern, str) and not _matches(pattern, value):
        yield (), f"String should match pattern '{pattern}'"
    known = _FORMATS.get(str(schema.get("format")))
    if known is not None and not _is_valid(known[1], value):
        yield (), f"Input should be a valid {known[0]}"
    if schema.get("format") == "email" and not _EMAIL.fullmatch(value):
        yield (), "Input should be a valid email address"


def _matches(pattern: str, value: str) -> bool:
    """Return whether the text matches, by pydantic's own expressions or else by Python's."""
    try:
        return _is_valid(_pattern_adapter(pattern), value)
    except SchemaError:
        return False


@lru_cache(maxsize=256)
def _pattern_adapter(pattern: str) -> TypeAdapter[Any]:
    constrained = Annotated[str, Field(pattern=pattern)]
    try:
        return TypeAdapter(constrained)
    except SchemaError:
        return TypeAdapter(constrained, config=ConfigDict(regex_engine="python-re"))


def _is_valid(adapter: TypeAdapter[Any], value: str) -> bool:
    try:
        adapter.validate_json(json.dumps(value))
    except ValidationError:
        return False
    return True


def _check_number(value: float, schema: Schema) -> Errors:
    for key, (words, fits) in _LIMITS.items():
        limit = schema.get(key)
        if limit is not None and not fits(value, limit):
            yield (), f"Input should be {words} {limit}"


def _check_items(value: list[Any], schema: Schema, root: Schema) -> Errors:
    least, most = schema.get("minItems"), schema.get("maxItems")
    if least is not None and len(value) < least:
        yield (), f"List should have at least {least} items, not {len(value)}"
    if most is not None and len(value) > most:
        yield (), f"List should have at most {most} items, not {len(value)}"
    if schema.get("uniqueItems") is True and any(
        _equal(one, other) for n, one in enumerate(value) for other in value[:n]
    ):
        yield (), "Input should not contain the same item twice"
    first = schema.get("prefixItems", ())
    for n, item in enumerate(value):
        own = first[n] if n < len(first) else schema.get("items")
        for path, message in _check(item, own, root):
            yield (str(n), *path), message


def _check_members(value: dict[str, Any], schema: Schema, root: Schema) -> Errors:
    least, most = schema.get("minProperties"), schema.get("maxProperties")
    if least is not None and len(value) < least:
        yield (), f"Dictionary should have at least {least} items"
    if most is not None and len(value) > most:
        yield (), f"Dictionary should have at most {most} items"
    properties, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield (name,), "Field required"
    for name, item in value.items():
        fitting = [one for pattern, one in patterns.items() if _matches(pattern, name)]
        if name in properties:
            fitting.append(properties[name])
        for own in fitting or [schema.get("additionalProperties")]:
            hint = did_you_mean(name, properties) if own is False else ""
            for path, message in _check(item, own, root):
                yield (name, *path), f"{message}{hint}"
        for _, message in _check(name, schema.get("propertyNames"), root):
            yield (name,), message
