"""Whether a function or class can be found again by its code_path path: definitions are stored."""

from __future__ import annotations

import functools
import inspect
import sys
from typing import Any

from squid_mesh.definitions.code_paths import code_path


def find_import_error(obj: Any, owner: type) -> str | None:
    """Why no code_path path leads to the object, as half a sentence, or None when one does.

    ``owner`` is the class that is being created: its module doesn't hold it yet.
    """
    if isinstance(obj, functools.partial):
        return "is a partial; write a named function that makes the call"
    if inspect.ismethod(obj) and not inspect.isclass(obj.__self__):
        return "is a method bound to an object; write a named function that makes the call"
    name = getattr(obj, "__qualname__", None)
    module = getattr(obj, "__module__", None)
    if not isinstance(name, str) or not isinstance(module, str):
        return f"is {obj!r}, which has no name to import it by; write a named function"
    if "<lambda>" in name:
        return "is a lambda; write a named function"
    if "<locals>" in name:
        return f"is {name}, local to a function; move it to the top of its module"
    if _at(module, name, owner) != obj:
        return f"is not what {code_path(obj)} leads to; give it a name of its own in a module"
    return None


def _at(module: str, name: str, owner: type) -> Any:
    found: Any = sys.modules.get(module)
    parts = name.split(".")
    inside = f"{owner.__qualname__}."
    if module == owner.__module__ and name.startswith(inside):
        found, parts = owner, name.removeprefix(inside).split(".")
    for part in parts:
        found = getattr(found, part, None)
    return found
