"""Keeping the secrets that a step was given out of what is recorded of its failure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from squid_mesh.store.values import Json
from squid_mesh.tools.secrets import SECRET_TYPES, Secrets, reveal


def without_secrets(error: Any, arguments: Mapping[str, Any]) -> Any:
    """The error, masks where its texts tell a value of a secret type that stands in the arguments."""
    secrets = Secrets()
    for secret in _declared(arguments):
        for told in _texts(reveal(secret)):
            secrets.add(told)
    return _hushed(error, secrets) if len(secrets) else error


def _declared(value: Any) -> Iterator[Any]:
    if isinstance(value, SECRET_TYPES):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _declared(item)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from _declared(item)
    elif isinstance(value, BaseModel):
        yield from _declared(dict(value))
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield from _declared([getattr(value, field.name) for field in dataclasses.fields(value)])


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping | list):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(item)
    elif isinstance(value, bytes):
        yield value.decode(errors="replace")
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def _hushed(value: Json, secrets: Secrets) -> Json:
    if isinstance(value, str):
        return secrets.hide(value)
    if isinstance(value, dict):
        return {key: _hushed(item, secrets) for key, item in value.items()}
    if isinstance(value, list):
        return [_hushed(item, secrets) for item in value]
    return value
