"""How the form that people were asked for, a stored JSON schema, differs from the installed model."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from pydantic import AliasChoices, AliasPath, BaseModel

from squid_mesh.definitions.values.schemas import make_json_schema

Schema = Mapping[str, Any]

#: The keys of a schema that limit no value.
_NOTES: Final = frozenset({"title", "description", "examples", "deprecated"})
_ALTERNATIVES: Final = ("anyOf", "oneOf")
#: Where a merged schema keeps the definitions of fields that only the stored one has.
_STORED: Final = "stored:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """The fields of an installed form. ``names`` maps each name that it accepts to the name in ``schema``."""

    schema: Schema
    names: Mapping[str, str]

    def find(self, stored_name: str) -> Schema | None:
        """Return the schema of the field that reads values of that stored name; None if it was removed."""
        own = self.names.get(stored_name)
        found: Schema | None = None if own is None else self.schema.get("properties", {}).get(own)
        return found

    def list_added(self, stored_names: Iterable[str]) -> list[str]:
        """Return the names of the fields that the stored form doesn't have."""
        known = {self.names[name] for name in stored_names if name in self.names}
        return [name for name in self.schema.get("properties", {}) if name not in known]


@lru_cache(maxsize=256)
def read_fields(form: type[BaseModel]) -> Fields:
    """Return the fields of the form."""
    schema: Schema = json.loads(json.dumps(make_json_schema(form)))
    properties = schema.get("properties", {})
    names: dict[str, str] = {}
    for name, field in form.model_fields.items():
        accepted = [name, *_list_aliases(field.validation_alias), *_list_aliases(field.alias)]
        own = next((one for one in accepted[1:] if one in properties), name)
        names |= dict.fromkeys(accepted, own)
    return Fields(schema=schema, names=names)


def _list_aliases(alias: str | AliasPath | AliasChoices | None) -> list[str]:
    match alias:
        case str():
            return [alias]
        case AliasPath():
            return [part for part in alias.path[:1] if isinstance(part, str)]
        case AliasChoices():
            return [name for choice in alias.choices for name in _list_aliases(choice)]
        case _:
            return []


def list_changes(stored: Schema, form: type[BaseModel]) -> tuple[str, ...]:
    """Return what has changed in the form since it was asked for, each as a clause: ``field x was added``.

    Titles, descriptions and examples don't count.
    """
    return tuple(_iterate_changes(stored, read_fields(form)))


def _iterate_changes(stored: Schema, fields: Fields) -> Iterator[str]:
    before, required = _order(stored.get("properties", {}), fields), set(stored.get("required", ()))
    required_now = set(fields.schema.get("required", ()))
    for name in fields.list_added(before):
        kind = "required field" if name in required_now else "field"
        yield f"{kind} {name} was added"
    for name, schema in before.items():
        current = fields.find(name)
        if current is None:
            yield f"field {name} was removed"
            continue
        old, new = _essence(schema, stored), _essence(current, fields.schema)
        if old != new:
            yield f"field {name} was changed{_describe_choices(old, new)}"
        needed = fields.names[name] in required_now
        if (name in required) is not needed:
            yield f"field {name} is {'now' if needed else 'no longer'} required"


def _essence(schema: Any, root: Schema, seen: tuple[str, ...] = ()) -> Any:
    """Return the schema with its references resolved, without what limits no value."""
    if isinstance(schema, list):
        return [_essence(part, root, seen) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    reference = schema.get("$ref")
    if isinstance(reference, str):
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        if reference in seen:
            return {"$ref": reference, **beside}
        return _essence({**find_target(reference, root), **beside}, root, (*seen, reference))
    found = {key: _part(key, value, root, seen) for key, value in schema.items() if key not in _NOTES}
    return {key: value for key, value in found.items() if (key, value) != ("default", None)}


def _part(key: str, value: Any, root: Schema, seen: tuple[str, ...]) -> Any:
    if key == "properties" and isinstance(value, Mapping):  # a field may be named like a keyword
        return {name: _essence(one, root, seen) for name, one in value.items()}
    if key in ("default", "const", "enum", "required"):
        return sorted(value, key=str) if key == "required" and isinstance(value, list) else value
    return _essence(value, root, seen)


def find_target(reference: str, root: Schema) -> Schema:
    """Return the schema that a reference of the root schema names; an empty one if there is none."""
    found: Any = root
    for part in reference.removeprefix("#/").split("/"):
        found = found.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _describe_choices(old: Any, new: Any) -> str:
    before, after = _choices(old), _choices(new)
    parts = [
        f"choice {value!r} was {word}"
        for word, values in (
            ("removed", [one for one in before if one not in after]),
            ("added", [one for one in after if one not in before]),
        )
        for value in values
        if before and after
    ]
    return f" ({', '.join(parts)})" if parts else ""


def _choices(schema: Any) -> list[Any]:
    if not isinstance(schema, Mapping):
        return []
    own = [schema["const"]] if "const" in schema else list(schema.get("enum", ()))
    return own + [value for key in _ALTERNATIVES for way in schema.get(key, ()) for value in _choices(way)]


def merge_schemas(stored: Schema, form: type[BaseModel]) -> dict[str, Any]:
    """Return the schema to ask people for: the installed form's fields, under the names of the stored ones.

    They are in the order of the installed form. Removed fields, which may be left empty, come last.
    """
    fields = read_fields(form)
    current, before = fields.schema, stored.get("properties", {})
    properties: dict[str, Any] = {}
    required, needed = [], set(current.get("required", ()))
    for name, schema in before.items():
        found = fields.find(name)
        properties[name] = _rename_references(schema) if found is None else found
        if found is not None and fields.names[name] in needed:
            required.append(name)
    for name in fields.list_added(before):
        properties[name] = current["properties"][name]
        required += [name] if name in needed else []
    definitions = {
        f"{_STORED}{name}": _rename_references(one) for name, one in stored.get("$defs", {}).items()
    }
    return {
        **current,
        "properties": _order(properties, fields),
        "required": required,
        "$defs": {**definitions, **current.get("$defs", {})},
    }


def order_fields(stored: Schema, form: type[BaseModel]) -> dict[str, Any]:
    """Return the stored schema with its fields in the form's order, which PostgreSQL's JSON doesn't keep."""
    if "properties" not in stored:
        return dict(stored)
    return {**stored, "properties": _order(stored["properties"], read_fields(form))}


def _order(properties: Mapping[str, Any], fields: Fields) -> dict[str, Any]:
    places = {name: place for place, name in enumerate(fields.schema.get("properties", {}))}
    ordered = sorted(properties, key=lambda name: places.get(fields.names.get(name, name), len(places)))
    return {name: properties[name] for name in ordered}


def _rename_references(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_rename_references(part) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    prefix = "#/$defs/"
    return {
        key: f"{prefix}{_STORED}{value.removeprefix(prefix)}"
        if key == "$ref" and isinstance(value, str)
        else _rename_references(value)
        for key, value in schema.items()
    }
