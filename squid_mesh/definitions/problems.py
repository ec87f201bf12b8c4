"""A problem of a definition: one sentence, and the source line it is about."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from types import FrameType


@dataclass(frozen=True, slots=True)
class Location:
    """A line of a source file; line 0 if the line is unknown."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason why a workflow is invalid. The message names the workflow, the step and the fix."""

    message: str
    workflow: str
    step: str | None
    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.message} [{self.file}:{self.line}]"


def find_caller() -> Location:
    """Return the line that called the function that calls this one."""
    frame = sys._getframe(2)
    return Location(frame.f_code.co_filename, frame.f_lineno)


def find_class_statement(module: str) -> Location:
    """Return the line of that module that is creating a class right now."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_globals.get("__name__") == module:
            return Location(frame.f_code.co_filename, frame.f_lineno)
        frame = frame.f_back
    return Location(module, 0)


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """Return a hint such as ``" (did you mean 'invoice'?)"``, or an empty string."""
    close = difflib.get_close_matches(str(word), list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def join_quoted(words: Iterable[str]) -> str:
    """Return the words, quoted and separated by commas, or ``nothing``."""
    return ", ".join(repr(word) for word in words) or "nothing"
