"""Which keys of the state a step writes, as far as its annotations show."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from itertools import combinations
from typing import Annotated, Any, Literal, Never, NoReturn, Union, get_args, get_origin
from uuid import UUID

from pydantic import BaseModel, RootModel

from squid_mesh.definitions.compiler.draft import Draft
from squid_mesh.definitions.values.signature import UNKNOWN

#: Types whose values can't be merged into the state.
_UNMERGEABLE = (
    *(int, float, complex, str, bytes, bytearray, list, tuple, set, frozenset),
    *(Sequence, Set, date, time, timedelta, Decimal, Enum, UUID),
)


def union_members(annotation: Any) -> Iterator[Any]:
    """Yield the members of a union, or the annotation itself, without ``Annotated``."""
    if get_origin(annotation) is Annotated:
        yield from union_members(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, types.UnionType):
        for member in get_args(annotation):
            yield from union_members(member)
    else:
        yield annotation


def find_merged_keys(annotation: Any) -> frozenset[str] | None:
    """Return the keys that merging a value of that type writes, or None if they are unknown."""
    found: set[str] = set()
    for member in union_members(annotation):
        keys = _keys_of(member)
        if keys is None:
            return None
        found |= keys
    return frozenset(found)


def _keys_of(member: Any) -> set[str] | None:
    if member in (None, types.NoneType, Never, NoReturn):
        return set()
    if not isinstance(member, type):
        return None
    if issubclass(member, BaseModel):
        known = not issubclass(member, RootModel) and member.model_config.get("extra") != "allow"
        return set(member.model_fields) if known else None
    if dataclasses.is_dataclass(member) and member.__name__ != "Outcome":
        return {field.name for field in dataclasses.fields(member)}
    return None


def find_unmergeable(annotation: Any) -> list[str]:
    """Return the members of a return annotation that are certainly not a mapping, a model or None."""
    found = []
    for member in union_members(annotation):
        kind = get_origin(member) or member
        if kind is Literal or (isinstance(kind, type) and issubclass(kind, _UNMERGEABLE)):
            found.append(getattr(member, "__name__", str(member)))
    return found


def find_written_keys(draft: Draft, name: str) -> frozenset[str] | None:
    """Return the keys of the state that a step may write, or None if they are unknown."""
    declared = draft.steps[name]
    if declared.output is not None:
        key: Any = declared.output
        return frozenset({key}) if isinstance(key, str) else frozenset()
    returned = draft.return_type(name)
    return None if returned is UNKNOWN else find_merged_keys(returned)


def find_parallel_writers(draft: Draft) -> Iterator[tuple[str, str, frozenset[str] | None]]:
    """Yield the pairs of steps that may run in parallel, with the keys both write; None if unknown."""
    written = {name: find_written_keys(draft, name) for name in draft.steps}
    writing = [name for name, keys in written.items() if keys is None or keys]
    for one, other in combinations(writing, 2):
        if draft.graph.parallel(one, other):
            mine, others = written[one], written[other]
            yield one, other, None if mine is None or others is None else mine & others


def find_steps_with_unknown_keys(draft: Draft) -> frozenset[str]:
    """Return the parallel steps whose keys are only known, and compared, when they run."""
    pairs = [(one, other) for one, other, keys in find_parallel_writers(draft) if keys is None]
    return frozenset(name for pair in pairs for name in pair)


def find_supplied_keys(draft: Draft, name: str) -> frozenset[str] | None:
    """Return the keys that the steps before this one may have written, or None if they are unknown."""
    found: set[str] = set()
    for writer in draft.graph.writers[name]:
        keys = find_written_keys(draft, writer)
        if keys is None:
            return None
        found |= keys
    return frozenset(found)


def find_payload_keys(model: Any) -> frozenset[str] | None:
    """Return the fields of a payload model, or None if it allows other fields or is not a model."""
    if not isinstance(model, type) or not issubclass(model, BaseModel):
        return None
    fields: Mapping[str, Any] = model.model_fields
    return None if model.model_config.get("extra") == "allow" else frozenset(fields)
