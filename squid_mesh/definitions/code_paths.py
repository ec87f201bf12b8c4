"""Code paths, ``module:qualified.name``: how a stored definition finds its code again."""

from __future__ import annotations

import importlib
from functools import lru_cache
from typing import Any


class CodeMissing(Exception):
    """The code at a path can't be loaded: no such module, no such name, or the import failed.

    ``failed``: importing the module raised an error, so it isn't known whether it has the name.
    """

    def __init__(self, path: str, reason: str = "it is not a function", *, failed: bool = False) -> None:
        super().__init__(f"The code at {path!r} can't be loaded: {reason}.")
        self.path = path
        self.reason = reason
        self.failed = failed


def code_path(obj: Any) -> str:
    """Return the path of a function or class, such as ``content.steps:fetch_feed``."""
    return f"{obj.__module__}:{obj.__qualname__}"


@lru_cache(maxsize=4096)
def load_code(path: str) -> Any:
    """Return the object at a path. Only successes are cached, so code that is installed later is found.

    Raises:
        CodeMissing: the module or the name doesn't exist, or importing the module failed.
    """
    module, colon, qualname = path.partition(":")
    if not (module and colon and qualname):
        raise CodeMissing(path, "a path has the form 'module:name'")
    found = _import_module(module, path)
    for name in qualname.split("."):
        try:
            found = getattr(found, name)
        except AttributeError:
            raise CodeMissing(path, f"module {module!r} has no {qualname!r}") from None
    return found


def _import_module(name: str, path: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if name == missing or name.startswith(f"{missing}."):
            raise CodeMissing(path, f"there is no module {missing!r}") from None
        raise _failed_import(name, path, error) from error
    except Exception as error:
        raise _failed_import(name, path, error) from error


def _failed_import(name: str, path: str, error: Exception) -> CodeMissing:
    return CodeMissing(path, f"importing {name!r} raised {type(error).__name__}: {error}", failed=True)


def can_load(path: str) -> bool:
    """Return whether the code at the path can be imported here."""
    try:
        load_code(path)
    except CodeMissing:
        return False
    return True
