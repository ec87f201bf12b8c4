"""JSON schemas without the default values of secrets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from squid_mesh.inspection.masking import hides, masked

#: The keys of a schema that contain values.
_VALUES: Final = ("default", "examples")


def shown_schema(schema: Any) -> Any:
    """Return a copy without defaults and examples of secrets: of fields marked so, and of masked names.

    Booleans stay: they are no secrets.
    """
    if isinstance(schema, list):
        return [shown_schema(part) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    hidden = _VALUES if schema.get("sensitive") is True else ()
    shown = {key: _part(key, value) for key, value in schema.items() if key not in hidden}
    return {key: value for key, value in shown.items() if key not in _VALUES or value == schema[key]}


def _part(key: str, value: Any) -> Any:
    if key in _VALUES:
        return masked(value)
    if key == "properties" and isinstance(value, Mapping):
        return {name: _property(name, shown_schema(one)) for name, one in value.items()}
    return shown_schema(value)


def _property(name: str, schema: Any) -> Any:
    if not (isinstance(schema, Mapping) and hides(name)):
        return schema
    return {key: value for key, value in schema.items() if key not in _VALUES or isinstance(value, bool)}
