"""Conversion of step outputs and payloads to the JSON that is stored."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import is_dataclass
from decimal import Decimal
from typing import Any, Final, NamedTuple

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from squid_mesh.definitions.values.secrets import SECRET_TYPES
from squid_mesh.definitions.values.texts import find_text_error

type_any: TypeAdapter[Any] = TypeAdapter(Any)
_UNWRITABLE = (PydanticSerializationError, ValueError, TypeError, RecursionError)
#: Integers with fewer bits are below Python's limit of digits.
_FEW_BITS = 2_000

#: From this size on, Python writes floats with an exponent, and they have no fraction.
_EXPONENT = 1e16
#: By field name, not by alias: steps ask for values, and secrets are masked, by field name.
_AS_STORED: Final[dict[str, Any]] = {"round_trip": True, "by_alias": False}


#: Pydantic writes at most that many levels, and says so with this text.
_MOST_LEVELS_OF_PYDANTIC: Final = 255
_DEPTH_EXCEEDED: Final = "depth exceeded"


class OutputError(Exception):
    """The value can't be stored as JSON."""


class TooDeep(OutputError):
    """The value has more levels than any database stores: at least ``levels``."""

    levels: Final = _MOST_LEVELS_OF_PYDANTIC + 1


def dump_value(value: Any, adapter: TypeAdapter[Any] | None = None) -> Any:
    """Return the value as JSON that validates to an equal value and that every database returns unchanged.

    Secrets are stored in plain text, because later steps need them; they are masked when shown. ``adapter``
    is the step's return annotation, whose serializers apply.

    Raises:
        OutputError: the value contains something that JSON or a database can't store: an unknown object, NaN,
            infinity, text with NUL, an integer with too many digits, or too many levels.
    """
    if adapter is not None and (declared := dump_declared(value, adapter)) is not None:
        return declared.value
    try:
        return _restore_secrets(_to_json(value), type_any.dump_python(value, warnings=False, **_AS_STORED))
    except _UNWRITABLE as error:
        raise _describe_error(value, error) from error


class Dumped(NamedTuple):
    """A value as JSON."""

    value: Any


def dump_declared(value: Any, adapter: TypeAdapter[Any]) -> Dumped | None:
    """Return the value as JSON, as :func:`dump_value` does, or None if it isn't what the adapter describes.

    Raises:
        OutputError: as :func:`dump_value`.
    """
    try:
        declared = _dump_declared(value, adapter)
        return None if declared is None else Dumped(_restore_secrets(*declared))
    except _UNWRITABLE as error:
        raise _describe_error(value, error) from error


def dump_given(value: Any) -> Any:
    """Return the value as JSON without the fields of models that the caller didn't set.

    Secrets are masked. A value that can't be written is None.
    """
    try:
        return type_any.dump_python(
            value,
            mode="json",
            warnings=False,
            fallback=lambda unknown: None,
            exclude_unset=True,
            by_alias=False,
        )
    except _UNWRITABLE:
        return None


def _describe_error(value: Any, error: Exception) -> OutputError:
    if isinstance(error, RecursionError) or _DEPTH_EXCEEDED in str(error):
        return TooDeep(f"A {type(value).__name__} with more than {_MOST_LEVELS_OF_PYDANTIC} levels")
    return OutputError(f"A {type(value).__name__} can't be stored as JSON: {error}")


def dump_masked(value: Any) -> Any:
    """Return the value as JSON for the history, with secrets masked.

    Raises:
        OutputError: as :func:`dump_value`.
    """
    try:
        return _restore_secrets(
            type_any.dump_python(
                value, mode="json", warnings=False, fallback=_convert_unknown, by_alias=False
            ),
            None,
        )
    except _UNWRITABLE as error:
        raise _describe_error(value, error) from error


def _dump_declared(value: Any, adapter: TypeAdapter[Any]) -> tuple[Any, Any] | None:
    """Return the value's JSON and Python forms by its annotation, or None if it doesn't match that."""
    try:
        if isinstance(value, BaseModel) or is_dataclass(value):
            adapter.validate_python(value)  # dump_python alone would write any object as the declared model
        return (
            adapter.dump_python(
                value, mode="json", warnings="error", fallback=_convert_unknown, **_AS_STORED
            ),
            adapter.dump_python(value, warnings="error", **_AS_STORED),
        )
    except (PydanticSerializationError, ValidationError):
        return None


def _restore_secrets(masked: Any, plain: Any) -> Any:
    """Return the JSON form with each secret taken from the same place in the Python form."""
    if isinstance(plain, SECRET_TYPES):
        return _check_leaf(_convert_unknown(plain))
    if isinstance(masked, dict) and isinstance(plain, Mapping) and _has_secret_key(plain):
        return _restore_keys(plain)
    if isinstance(masked, dict):
        same = isinstance(plain, Mapping) and len(plain) == len(masked)
        if isinstance(plain, Mapping) and not same and not all(isinstance(key, str) for key in plain):
            raise ValueError("two keys of a mapping are equal in JSON")
        values = plain.values() if same else masked.values()
        members = [
            (_check_leaf(key), _restore_secrets(part, value))
            for (key, part), value in zip(masked.items(), values, strict=True)
        ]
        return dict(sorted(members, key=_key_order))
    if isinstance(masked, list):
        if isinstance(plain, set | frozenset):
            elements = [_restore_secrets(_to_json(member), member) for member in plain]
            return sorted(elements, key=_to_text)  # a set's own order differs between processes
        same = isinstance(plain, list | tuple) and len(plain) == len(masked)
        return [
            _restore_secrets(part, value)
            for part, value in zip(masked, plain if same else masked, strict=True)
        ]
    if isinstance(plain, float):  # pydantic writes NaN as null
        _check_leaf(plain)
    return _check_leaf(masked)


def _has_secret_key(mapping: Mapping[Any, Any]) -> bool:
    return any(isinstance(key, SECRET_TYPES) for key in mapping)


def _restore_keys(plain: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the JSON form of a mapping whose keys are secrets, which pydantic writes as equal masks."""
    members: dict[str, Any] = {}
    for key, value in plain.items():
        name = str(_convert_unknown(key)) if isinstance(key, SECRET_TYPES) else next(iter(_to_json({key: 0})))
        if name in members:
            raise ValueError("two keys of a mapping are equal in JSON")
        members[_check_leaf(name)] = _restore_secrets(_to_json(value), value)
    return dict(sorted(members.items(), key=_key_order))


def _to_json(member: Any) -> Any:
    return type_any.dump_python(member, mode="json", warnings=False, fallback=_convert_unknown, **_AS_STORED)


def _convert_unknown(value: Any) -> Any:
    """Convert a secret outside of a model; reject every other type that pydantic doesn't know."""
    if not isinstance(value, SECRET_TYPES):
        raise TypeError(f"{type(value).__name__} has no JSON form")
    secret = value.get_secret_value()
    return _to_json(secret)


def _to_text(member: Any) -> str:
    return json.dumps(member, sort_keys=True)


def _key_order(member: tuple[str, Any]) -> tuple[int, bytes]:
    """Sort keys as PostgreSQL and MySQL do, so that the next step sees one order on every database."""
    key = member[0].encode()
    return len(key), key


def _check_leaf(leaf: Any) -> Any:
    if isinstance(leaf, float):
        return _normalize_float(leaf)
    if isinstance(leaf, int) and leaf.bit_length() > _FEW_BITS:
        str(leaf)  # raises ValueError if Python couldn't parse it again
    if isinstance(leaf, str) and (error := find_text_error(leaf)):
        raise ValueError(f"a text {error}")
    return leaf


def _normalize_float(leaf: float) -> float | int:
    """Return the number as PostgreSQL does, which has neither exponents nor negative zero."""
    if not math.isfinite(leaf):
        raise ValueError(f"{leaf} is not a JSON number")
    return int(Decimal(repr(leaf))) if abs(leaf) >= _EXPONENT else leaf + 0.0
