"""Whether a stored value is a JSON schema whose parts have the types that reading it relies on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_SCHEMAS: Final = ("items", "additionalProperties", "propertyNames", "not")
_LISTS: Final = ("anyOf", "oneOf", "allOf", "prefixItems")
_NAMED: Final = ("properties", "patternProperties", "$defs")
_NUMBERS: Final = (
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
)


def is_schema(value: Any) -> bool:
    """Return whether the value can be read as a JSON schema."""
    if isinstance(value, bool):
        return True
    return (
        isinstance(value, Mapping)
        and _has_plain_keywords(value)
        and all(is_schema(value[key]) for key in _SCHEMAS if key in value)
        and all(_is_list(value[key]) and all(map(is_schema, value[key])) for key in _LISTS if key in value)
        and all(
            isinstance(value[key], Mapping) and all(map(is_schema, value[key].values()))
            for key in _NAMED
            if key in value
        )
    )


def _has_plain_keywords(schema: Mapping[str, Any]) -> bool:
    kinds, required = schema.get("type", ""), schema.get("required", [])
    return (
        all(isinstance(schema[key], int | float) for key in _NUMBERS if key in schema)
        and isinstance(schema.get("$ref", ""), str)
        and isinstance(schema.get("pattern", ""), str)
        and _is_list(schema.get("enum", []))
        and (isinstance(kinds, str) or _are_texts(kinds))
        and _are_texts(required)
    )


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _are_texts(value: Any) -> bool:
    return _is_list(value) and all(isinstance(item, str) for item in value)
