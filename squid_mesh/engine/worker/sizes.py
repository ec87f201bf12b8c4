"""The sizes of what an execution leaves behind: its output, its error and the record of its input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from squid_mesh import conf
from squid_mesh.definitions.values.limits import shorten_text, shorten_value
from squid_mesh.definitions.values.output import OutputError
from squid_mesh.exceptions import LimitExceeded
from squid_mesh.store.values import Json

#: Of a longer text of an error, the middle is left out before secrets are searched in it. What is stored is
#: far shorter, so that a secret at the cut isn't in it.
LONGEST_READ: Final = 1_000_000
#: An error's details are stored inside the error, and that inside an event.
_LEVELS_AROUND_DETAILS: Final = 3


class OutputTooLarge(OutputError):
    """The output is larger or deeper than its limit; ``details`` are those of the problem."""

    def __init__(self, problem: LimitExceeded) -> None:
        super().__init__(f"The step returned too much. {problem.message}")
        self.details = problem.details


def find_problem(argument: str, value: Json) -> LimitExceeded | None:
    """Return why a value is too large to be an output, or a request to people; None if it isn't."""
    try:
        conf.limits().of_output(argument).check(value)
    except LimitExceeded as problem:
        return problem
    return None


def shorten_error(error: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the error with its texts and its details shortened. Secrets must be masked already."""
    limits = conf.limits()
    most = {"message": limits.ERROR_CHARS, "traceback": limits.TRACEBACK_CHARS}
    shortened = {
        key: shorten_text(value, most[key]) if key in most and isinstance(value, str) else value
        for key, value in error.items()
    }
    if shortened.get("details"):
        depth = limits.DEPTH - _LEVELS_AROUND_DETAILS
        shortened["details"] = shorten_value(shortened["details"], limits.DETAILS_BYTES, depth)
    return shortened


def shorten_input(given: Json) -> Json:
    """Return the input as the history keeps it. Of a large one, each large value has only its beginning."""
    limits = conf.limits()
    whole: Json = shorten_value(given, limits.INPUT_BYTES, limits.DEPTH + 1)
    if whole is given or not isinstance(given, dict):
        return whole
    share = limits.INPUT_BYTES // len(given)
    return {name: shorten_value(value, share, limits.DEPTH) for name, value in given.items()}
