"""Keeping the secrets that a step was given out of what is recorded of its failure."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel

from squid_mesh import conf
from squid_mesh.engine.run_memory import RunMemory
from squid_mesh.store.values import Json
from squid_mesh.tools.secrets import SECRET_TYPES, Secrets, reveal

#: What of an error the code says, and no value that was given.
_OF_THE_CODE: Final = ("type", "code")
Paths = Sequence[Sequence[str]]


def find_secrets(arguments: Mapping[str, Any], memory: RunMemory, step: str) -> Secrets:
    """The secrets that the step could see, as whatever shows its run masks them.

    They are values of secret types, what stands under a name that the settings or Django mask, and what a
    payload or an output declares as secret, however the step declares it.
    """
    found = Secrets()
    blueprint = memory.blueprint
    state, results = memory.state_for(step)
    seen = [(arguments, ()), (state, blueprint.state_secrets(memory.head.trigger))]
    seen += [(output, blueprint.by_name[name].secrets) for name, output in results.items()]
    hides = conf.hiding()
    for value, paths in seen:
        for secret in _secret(value, [path.split(".") if path else [] for path in paths], hides):
            for told in _texts(reveal(secret)):
                found.add(told)
    return found


def _secret(value: Any, paths: Paths, hides: Callable[[str], bool]) -> Iterator[Any]:
    if isinstance(value, SECRET_TYPES) or any(not path for path in paths):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if hides(str(key)):
                yield item
            else:
                yield from _secret(item, _below(paths, key), hides)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from _secret(item, _below(paths, "*"), hides)
    elif isinstance(value, BaseModel):
        yield from _secret(dict(value), paths, hides)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        members = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        yield from _secret(members, paths, hides)


def _below(paths: Paths, key: Any) -> Paths:
    return [path[1:] for path in paths if path and path[0] in (key, "*")]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping | list):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(item)
    elif isinstance(value, bytes):
        yield value.decode(errors="replace")
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def redact_error(error: Mapping[str, Any], secrets: Secrets) -> Mapping[str, Any]:
    """The error, masks where its texts tell a secret."""
    return {key: item if key in _OF_THE_CODE else redact(item, secrets) for key, item in error.items()}


def redact(value: Json, secrets: Secrets) -> Json:
    """The value, masks where its texts tell a secret."""
    if isinstance(value, str):
        return secrets.mask_text(value)
    if isinstance(value, dict):
        return {key: redact(item, secrets) for key, item in value.items()}
    if isinstance(value, list):
        return [redact(item, secrets) for item in value]
    return value
