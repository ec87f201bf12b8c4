"""Check that a function or class can be imported by its code path, which the definition stores."""

from __future__ import annotations

import functools
import inspect
import sys
from typing import Any

from squid_mesh.definitions.code_paths import code_path


def find_import_error(obj: Any, owner: type) -> str | None:
    """Return why the object can't be imported by its path, as half a sentence, or None if it can.

    ``owner`` is the class that is being created; its module doesn't contain it yet.
    """
    if isinstance(obj, functools.partial):
        return "is a functools.partial; write a named function that makes the call"
    if inspect.ismethod(obj) and not inspect.isclass(obj.__self__):
        return "is a bound method; write a named function that makes the call"
    name = getattr(obj, "__qualname__", None)
    module = getattr(obj, "__module__", None)
    if not isinstance(name, str) or not isinstance(module, str):
        return f"is {obj!r}, which has no name to import; write a named function"
    if "<lambda>" in name:
        return "is a lambda; write a named function"
    if "<locals>" in name:
        return f"is {name}, defined inside a function; move it to the top of its module"
    if _find_at(module, name, owner) != obj:
        return f"is not the object at {code_path(obj)}; give it a module-level name of its own"
    return None


def _find_at(module: str, name: str, owner: type) -> Any:
    found: Any = sys.modules.get(module)
    parts = name.split(".")
    inside = f"{owner.__qualname__}."
    if module == owner.__module__ and name.startswith(inside):
        found, parts = owner, name.removeprefix(inside).split(".")
    for part in parts:
        found = getattr(found, part, None)
    return found
