"""Values that code can change: as a default or as a class attribute, one would be shared by all runs."""

from __future__ import annotations

import copy
import dataclasses
from collections import deque
from collections.abc import Hashable
from functools import lru_cache
from typing import Any, Final

from pydantic import BaseModel

_CONTAINERS: Final = (list, dict, set, bytearray, deque)


def is_mutable(value: Any) -> bool:
    """Return whether the value, or a member of it, can be changed.

    As in Python's dataclasses, what has no hash can be changed: lists, dicts, sets, models and dataclasses
    that aren't frozen. An object with the identity as its hash, such as a client, isn't data.
    """
    if not isinstance(value, Hashable):
        return True
    if isinstance(value, tuple | frozenset):
        return any(is_mutable(member) for member in value)
    if isinstance(value, BaseModel):
        return any(is_mutable(member) for member in vars(value).values())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return any(is_mutable(getattr(value, one.name, None)) for one in dataclasses.fields(value))
    return False


def describe_mutable_default(name: str, default: Any) -> str:
    """Return the problem and its fix, as half a sentence."""
    kind = type(default).__name__
    return (
        f"has a {kind} as the default of {name!r}, which all runs would share and could change; "
        f"use {name}=None or an immutable value, and make the {kind} in the function"
    )


def copy_class_state(instance: Any) -> None:
    """Give the instance its own copies of the lists, dicts and sets of its class.

    So a step that changes ``self.seen`` doesn't change it for other runs.
    """
    kind: Any = type(instance)
    for name, value in _list_class_state(kind):
        if name not in getattr(instance, "__dict__", {name: None}):
            setattr(instance, name, copy.deepcopy(value))


@lru_cache(maxsize=1024)
def _list_class_state(kind: Any) -> tuple[tuple[str, Any], ...]:
    found = {name: value for base in reversed(kind.__mro__) for name, value in vars(base).items()}
    return tuple(
        (name, value)
        for name, value in found.items()
        if isinstance(value, _CONTAINERS) and not name.startswith("__")
    )
