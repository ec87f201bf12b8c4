"""Masking the secrets that a step was given in the record of its failure."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel

from squid_mesh import conf
from squid_mesh.definitions.values.paths import Path, ends_here, parse_paths, paths_below
from squid_mesh.engine.run_memory import RunMemory
from squid_mesh.store.values import Json
from squid_mesh.tools.secrets import SECRET_TYPES, Secrets, reveal

#: The parts of an error that come from code, never from a value.
_FROM_CODE: Final = ("type", "code")


def find_secrets(arguments: Mapping[str, Any], memory: RunMemory, step: str) -> Secrets:
    """Return the secrets that the step could see, by the rules that mask its run on every page.

    They are values of secret types, values under a name that the settings or Django mask, and what a payload
    or an output declares as secret, even if the step's own parameter doesn't.
    """
    found = Secrets()
    blueprint = memory.blueprint
    visible = memory.state_for(step)
    seen = [(arguments, ()), (visible.state, blueprint.state_secrets(memory.head.trigger))]
    seen += [(output, blueprint.by_name[name].secrets) for name, output in visible.outputs.items()]
    hides = conf.masked_name_rule().hides
    for value, paths in seen:
        for secret in _find_in(value, parse_paths(paths), hides):
            for text in _iterate_texts(reveal(secret)):
                found.add(text)
    return found


def _find_in(value: Any, paths: Sequence[Path], hides: Callable[[str], bool]) -> Iterator[Any]:
    if isinstance(value, SECRET_TYPES) or ends_here(paths):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if hides(str(key)):
                yield item
            else:
                yield from _find_in(item, paths_below(paths, key), hides)
    elif isinstance(value, list | tuple | set | frozenset):
        for index, item in enumerate(value):
            yield from _find_in(item, paths_below(paths, index), hides)
    elif isinstance(value, BaseModel):
        yield from _find_in(dict(value), paths, hides)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        members = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        yield from _find_in(members, paths, hides)


def _iterate_texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping | list):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _iterate_texts(item)
    elif isinstance(value, bytes):
        yield value.decode(errors="replace")
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def redact_error(error: Mapping[str, Any], secrets: Secrets) -> Mapping[str, Any]:
    """Return the error with the secrets masked in its texts."""
    return {key: item if key in _FROM_CODE else redact(item, secrets) for key, item in error.items()}


def redact(value: Json, secrets: Secrets) -> Json:
    """Return the value with the secrets masked in its texts."""
    if isinstance(value, str):
        return secrets.mask_text(value)
    if isinstance(value, dict):
        return {key: redact(item, secrets) for key, item in value.items()}
    if isinstance(value, list):
        return [redact(item, secrets) for item in value]
    return value
