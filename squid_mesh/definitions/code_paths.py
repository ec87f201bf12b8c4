"""Dotted paths, ``module:qualified.name``: how a stored definition finds its code again."""

from __future__ import annotations

import importlib
from functools import lru_cache
from typing import Any


class CodeMissing(Exception):
    """The code behind a path isn't there: its module, its name, or the module can't be imported."""

    def __init__(self, path: str, reason: str = "it is no function") -> None:
        super().__init__(f"The code at {path!r} can't be loaded: {reason}.")
        self.path = path
        self.reason = reason


def code_path(obj: Any) -> str:
    """Where a function or class is found: ``content.steps:fetch_feed``."""
    return f"{obj.__module__}:{obj.__qualname__}"


@lru_cache(maxsize=4096)
def load_code(path: str) -> Any:
    """The object at that path. Only success is remembered, so code that comes back is found.

    Raises:
        CodeMissing: there is no such module or name, or importing the module raised.
    """
    module, colon, qualname = path.partition(":")
    if not (module and colon and qualname):
        raise CodeMissing(path, "a path has the form 'module:name'")
    found = _module(module, path)
    for name in qualname.split("."):
        try:
            found = getattr(found, name)
        except AttributeError:
            raise CodeMissing(path, f"module {module!r} has no {qualname!r}") from None
    return found


def _module(name: str, path: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if name == missing or name.startswith(f"{missing}."):
            raise CodeMissing(path, f"there is no module {missing!r}") from None
        raise _broken(name, path, error) from error
    except Exception as error:
        raise _broken(name, path, error) from error


def _broken(name: str, path: str, error: Exception) -> CodeMissing:
    return CodeMissing(path, f"importing {name!r} raised {type(error).__name__}: {error}")
