"""Which parts of a value are secret, according to its type."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints, is_typeddict

from pydantic import BaseModel, RootModel, Secret, SecretBytes, SecretStr
from pydantic.fields import FieldInfo

SECRET_TYPES = (SecretStr, SecretBytes, Secret)


def secret_paths(annotation: Any) -> tuple[str, ...]:
    """Return the dotted paths of the secrets in a value of that type, sorted.

    ``items.*.token`` stands for every member of a list or mapping, ``""`` for the whole value. Secret are
    ``SecretStr``, ``SecretBytes``, ``Secret[...]`` and fields with
    ``Field(json_schema_extra={"sensitive": True})``.
    """
    return tuple(sorted(set(_paths(annotation, "", ()))))


def _paths(annotation: Any, path: str, seen: tuple[Any, ...]) -> Iterator[str]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        if any(isinstance(extra, FieldInfo) and _sensitive(extra) for extra in arguments[1:]):
            yield path
        yield from _paths(arguments[0], path, seen)
    elif origin in (Union, types.UnionType):
        for member in arguments:
            yield from _paths(member, path, seen)
    elif _is_a(origin or annotation, SECRET_TYPES):
        yield path
    elif annotation not in seen:
        for child, sub in _children(annotation, origin, arguments, path):
            if sub is None:
                yield child
            else:
                yield from _paths(sub, child, (*seen, annotation))


def _children(
    annotation: Any, origin: Any, arguments: tuple[Any, ...], path: str
) -> Iterator[tuple[str, Any]]:
    """Yield the paths below a value with their types. The type None marks a secret path."""
    if _is_a(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            below = path if issubclass(annotation, RootModel) else _join(path, name)
            yield below, None if _sensitive(field) else field.annotation
    elif isinstance(annotation, type) and (dataclasses.is_dataclass(annotation) or is_typeddict(annotation)):
        for name, hint in _hints(annotation).items():
            yield _join(path, name), hint
    elif _is_a(origin, Mapping):
        yield _join(path, "*"), arguments[-1]
    elif isinstance(origin, type) and origin is not type:
        for argument in arguments:
            if argument is not Ellipsis and not isinstance(argument, TypeVar):
                yield _join(path, "*"), argument


def _hints(annotation: type) -> dict[str, Any]:
    try:
        return get_type_hints(annotation, include_extras=True)
    except Exception:  # noqa: BLE001 - a rule reports names that can't be resolved
        return {}


def _is_a(kind: Any, base: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, base)


def _sensitive(field: FieldInfo) -> bool:
    extra = field.json_schema_extra
    return isinstance(extra, Mapping) and extra.get("sensitive") is True


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
