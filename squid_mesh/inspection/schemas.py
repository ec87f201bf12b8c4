"""JSON schemas without the default values of secrets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from squid_mesh.inspection.masking import hides, masked
from squid_mesh.tools.secrets import Secrets

#: The keys of a schema that contain values.
_VALUES: Final = ("default", "examples")
#: The keys of a schema that contain the schemas of members.
_PARTS: Final = ("items", "prefixItems", "additionalProperties", "anyOf", "oneOf", "allOf")


def shown_schema(schema: Any, secrets: Secrets | None = None) -> Any:
    """Return a copy without defaults and examples of secrets, and of values that contain some.

    Secret are fields of secret types, fields that are marked so and those of masked names, and what contains
    one of ``secrets``. Booleans stay: they are no secrets.
    """
    return _show(schema, schema, secrets or Secrets())


def _show(schema: Any, root: Any, secrets: Secrets) -> Any:
    if isinstance(schema, list):
        return [_show(part, root, secrets) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    hidden = _VALUES if _holds_secret(schema, root, ()) else ()
    shown = {key: _part(key, value, root, secrets) for key, value in schema.items() if key not in hidden}
    return {key: value for key, value in shown.items() if key not in _VALUES or value == schema[key]}


def _part(key: str, value: Any, root: Any, secrets: Secrets) -> Any:
    if key in _VALUES:
        shown = masked(value)
        return secrets.mask_json(shown) if len(secrets) else shown
    if key == "properties" and isinstance(value, Mapping):
        return {name: _property(name, _show(one, root, secrets)) for name, one in value.items()}
    return _show(value, root, secrets)


def _holds_secret(schema: Any, root: Any, seen: tuple[str, ...]) -> bool:
    """Return whether a value of that schema is a secret, or has one among its members."""
    if isinstance(schema, list):
        return any(_holds_secret(part, root, seen) for part in schema)
    if not isinstance(schema, Mapping):
        return False
    if schema.get("sensitive") is True or schema.get("writeOnly") is True:
        return True
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference not in seen:
        definitions = root.get("$defs")
        name = reference.rpartition("/")[2]
        target = definitions.get(name) if isinstance(definitions, Mapping) else None
        if _holds_secret(target, root, (*seen, reference)):
            return True
    parts = [schema.get(key) for key in _PARTS]
    named = [schema.get(key) for key in ("properties", "patternProperties")]
    parts += [list(members.values()) for members in named if isinstance(members, Mapping)]
    return any(_holds_secret(part, root, seen) for part in parts)


def _property(name: str, schema: Any) -> Any:
    if not (isinstance(schema, Mapping) and hides(name)):
        return schema
    return {key: value for key, value in schema.items() if key not in _VALUES or isinstance(value, bool)}
