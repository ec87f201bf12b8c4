"""From what a step returned to what is stored: JSON, with secrets as they are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import is_dataclass
from decimal import Decimal
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from squid_mesh.definitions.values.secrets import SECRET_TYPES
from squid_mesh.definitions.values.texts import find_text_error

type_any: TypeAdapter[Any] = TypeAdapter(Any)
_UNWRITABLE = (PydanticSerializationError, ValueError, TypeError, RecursionError)
#: Whole numbers that are shorter have no more digits than Python reads.
_FEW_BITS = 2_000

#: From here on Python writes a float with an exponent, and it has no fraction.
_EXPONENT = 1e16
#: By the fields' names, whatever a model's own configuration says: so steps ask for them, so they are masked.
_AS_STORED: Final[dict[str, Any]] = {"round_trip": True, "by_alias": False}


class OutputError(Exception):
    """The value can't be stored as JSON."""


def dump_value(value: Any, adapter: TypeAdapter[Any] | None = None) -> Any:
    """The value as JSON-ready data that validates to an equal value again, and that each database gives back.

    Secrets are revealed: what is stored must be usable, and is masked where it is shown. ``adapter`` is the
    step's return annotation, whose serialisers apply.

    Raises:
        OutputError: it holds something without a JSON form: an unknown object, NaN, an infinity, text that
            no database stores, a number of more digits than Python reads, or more levels than it can follow.
    """
    try:
        if adapter is not None and (declared := _as_declared(value, adapter)) is not None:
            return _revealed(*declared)
        return _revealed(_json(value), type_any.dump_python(value, warnings=False, **_AS_STORED))
    except _UNWRITABLE as error:
        raise OutputError(f"A {type(value).__name__} can't be stored as JSON: {error}") from error


def dump_masked(value: Any) -> Any:
    """The value as JSON-ready data for a history that nothing is read back from: secrets are masked.

    Raises:
        OutputError: as :func:`dump`.
    """
    try:
        return _revealed(
            type_any.dump_python(value, mode="json", warnings=False, fallback=_fallback, by_alias=False), None
        )
    except _UNWRITABLE as error:
        raise OutputError(f"A {type(value).__name__} can't be stored as JSON: {error}") from error


def _as_declared(value: Any, adapter: TypeAdapter[Any]) -> tuple[Any, Any] | None:
    """The JSON and the Python form that an annotation gives a value, or None if the value isn't of it."""
    try:
        if isinstance(value, BaseModel) or is_dataclass(value):
            adapter.validate_python(value)  # by itself pydantic would write any object as the declared model
        return (
            adapter.dump_python(value, mode="json", warnings="error", fallback=_fallback, **_AS_STORED),
            adapter.dump_python(value, warnings="error", **_AS_STORED),
        )
    except (PydanticSerializationError, ValidationError):
        return None


def _revealed(masked: Any, plain: Any) -> Any:
    """The JSON form, in which each secret of the same place in the Python form is put back."""
    if isinstance(plain, SECRET_TYPES):
        return _checked(_fallback(plain))
    if isinstance(masked, dict):
        same = isinstance(plain, Mapping) and len(plain) == len(masked)
        if isinstance(plain, Mapping) and not same and not all(isinstance(key, str) for key in plain):
            raise ValueError("several keys of a mapping are one in JSON")
        values = plain.values() if same else masked.values()
        members = [
            (_checked(key), _revealed(part, value))
            for (key, part), value in zip(masked.items(), values, strict=True)
        ]
        return dict(sorted(members, key=_place))
    if isinstance(masked, list):
        if isinstance(plain, set | frozenset):
            return [_revealed(_json(member), member) for member in plain]
        same = isinstance(plain, list | tuple) and len(plain) == len(masked)
        return [_revealed(part, value) for part, value in zip(masked, plain if same else masked, strict=True)]
    if isinstance(plain, float):  # pydantic writes NaN as null
        _checked(plain)
    return _checked(masked)


def _json(member: Any) -> Any:
    return type_any.dump_python(member, mode="json", warnings=False, fallback=_fallback, **_AS_STORED)


def _fallback(value: Any) -> Any:
    """What pydantic doesn't know by itself: a secret outside of a model, or nothing we can store."""
    if not isinstance(value, SECRET_TYPES):
        raise TypeError(f"{type(value).__name__} has no JSON form")
    secret = value.get_secret_value()
    return _json(secret)


def _place(member: tuple[str, Any]) -> tuple[int, bytes]:
    """Where PostgreSQL and MySQL put a key: so the next step sees one order, whoever executes it."""
    key = member[0].encode()
    return len(key), key


def _checked(leaf: Any) -> Any:
    if isinstance(leaf, float):
        return _number(leaf)
    if isinstance(leaf, int) and leaf.bit_length() > _FEW_BITS:
        str(leaf)  # Python refuses what it wouldn't read again
    if isinstance(leaf, str) and (fault := find_text_error(leaf)):
        raise ValueError(f"a text {fault}")
    return leaf


def _number(leaf: float) -> float | int:
    """As it comes back from PostgreSQL, which knows neither exponents nor a zero below zero."""
    if not math.isfinite(leaf):
        raise ValueError(f"{leaf} is no JSON number")
    return int(Decimal(repr(leaf))) if abs(leaf) >= _EXPONENT else leaf + 0.0
