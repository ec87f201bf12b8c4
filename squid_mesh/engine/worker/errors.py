"""What a step's error says, as far as the error's own code lets itself be read."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any, Final

from squid_mesh.definitions.blueprint import StepBlueprint
from squid_mesh.definitions.code_paths import CodeMissing, load_code
from squid_mesh.definitions.values.limits import shorten_text
from squid_mesh.definitions.values.output import dump_value
from squid_mesh.definitions.values.texts import replace_unstorable
from squid_mesh.engine.worker.sizes import LONGEST_READ
from squid_mesh.hooks import GuardedLogger, call_or, text_of
from squid_mesh.store.values import Json
from squid_mesh.tools.errors import ToolError

logger = GuardedLogger("squid_mesh.engine")

#: The longest name of an error's class, and the longest code, in characters.
LONGEST_NAME: Final = 200
_UNREADABLE: Any = object()


def describe_error(error: BaseException, details: Any = None) -> dict[str, Any]:
    """Return the error as JSON, as far as its own code lets itself be read."""
    kind = type(error)
    name = call_or("(an unreadable type)", lambda: f"{kind.__module__}.{kind.__qualname__}")
    lines = call_or("(its traceback can't be read)", lambda: "".join(traceback.format_exception(error)))
    described = {
        "type": replace_unstorable(name[:LONGEST_NAME]),
        "message": replace_unstorable(shorten_text(text_of(error), LONGEST_READ)),
        "traceback": replace_unstorable(shorten_text(lines, LONGEST_READ)),
    }
    if not call_or(True, bool, details):
        return described
    return {**described, "details": dump_or_describe(details, dump_value)}


def dump_or_describe(value: Any, dump: Callable[[Any], Json]) -> Json:
    """Return the value as JSON; if that fails, the beginning of its repr."""
    dumped: Json = call_or(_UNREADABLE, dump, value)
    if dumped is not _UNREADABLE:
        return dumped
    unreadable = f"(a {replace_unstorable(type(value).__name__)} that can't be read)"
    return call_or(unreadable, lambda: replace_unstorable(str.__str__(repr(value))[:200]))


def read_attribute(error: BaseException, name: str, default: Any) -> Any:
    """Return the error's attribute, or the default: a class of the project may define it as a property."""
    return call_or(default, getattr, error, name)


def read_delay(error: BaseException, name: str) -> float | None:
    """Return the error's delay in seconds; None if it has none that is a number."""
    found = read_attribute(error, name, None)
    return None if found is None else call_or(None, float, found)


def is_retryable(error: BaseException, step: StepBlueprint) -> bool:
    """Return what the step's retry policy says of the error; if it says nothing, what a tool's error says."""
    policy = step.retry
    if _is_one_of(error, policy.give_up_on, default=False):
        return False
    if policy.retry_on:
        return _is_one_of(error, policy.retry_on, default=True)
    return call_or(True, lambda: bool(error.retryable)) if isinstance(error, ToolError) else True


def _is_one_of(error: BaseException, paths: tuple[str, ...], *, default: bool) -> bool:
    """Return whether the error is of one of the classes; the default if a class's own check raises."""
    return bool(paths) and call_or(default, lambda: isinstance(error, _load_error_classes(paths)))


def _load_error_classes(paths: tuple[str, ...]) -> tuple[type[BaseException], ...]:
    found = []
    for path in paths:
        try:
            found.append(load_code(path))
        except CodeMissing:
            logger.warning("The retry policy names %s, which is not installed here.", path)
    return tuple(item for item in found if isinstance(item, type) and issubclass(item, BaseException))
