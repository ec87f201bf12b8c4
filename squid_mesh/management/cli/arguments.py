"""Arguments that several verbs share, and the types of their values."""

from __future__ import annotations

import json
import re
import sys
from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION: Final = re.compile(r"(\d+)([smhdw])")


def add_json(parser: ArgumentParser) -> None:
    """Add ``--json``."""
    parser.add_argument("--json", action="store_true", help="JSON output")


def add_actor(parser: ArgumentParser) -> None:
    """Add ``--actor``."""
    parser.add_argument(
        "--actor",
        metavar="USERNAME",
        help="act as this user, with their permissions (default: the system's user, with all permissions)",
    )


def add_reason(parser: ArgumentParser) -> None:
    """Add ``--reason``."""
    parser.add_argument(
        "--reason", default="", metavar="TEXT", help="the reason, recorded in the run's history"
    )


def add_tags(parser: ArgumentParser, text: str) -> None:
    """Add ``--tag``, which can be repeated, with that help text."""
    parser.add_argument("--tag", action="append", default=[], metavar="TEXT", help=text)


def add_run(parser: ArgumentParser) -> None:
    """Add the run's ID."""
    parser.add_argument("run_id", metavar="run", help="the run's ID")


def add_step(parser: ArgumentParser) -> None:
    """Add the step's name and ``--visit``."""
    parser.add_argument("step", help="the step's name")
    parser.add_argument("--visit", type=int, metavar="N", help="fail if the step is no longer in this visit")


def add_held_step(parser: ArgumentParser) -> None:
    """Add ``--step`` and ``--visit`` for a step that waits for a person."""
    parser.add_argument("--step", metavar="NAME", help="required if several steps wait for a person")
    parser.add_argument(
        "--visit", type=int, metavar="N", help="fail if the step no longer waits in this visit"
    )


def add_irreversible(parser: ArgumentParser) -> None:
    """Add ``--allow-irreversible``."""
    parser.add_argument("--allow-irreversible", action="store_true", help="also repeat irreversible steps")


def json_value(text: str) -> Any:
    """Read JSON from the text, from a file (``@path``) or from standard input (``-``)."""
    try:
        source = sys.stdin.read() if text == "-" else _in_file(text[1:]) if text[:1] == "@" else text
        return json.loads(source)
    except OSError as error:
        raise ArgumentTypeError(f"{text[1:]} can't be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError too
        raise ArgumentTypeError(f"invalid JSON: {error}") from None


def _in_file(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")


def duration(text: str) -> timedelta:
    """Read a duration: a number with ``s``, ``m``, ``h``, ``d`` or ``w``, such as ``90d``."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ArgumentTypeError(
            f"{text!r} is not a duration; expected a number with s, m, h, d or w, such as 90d"
        )
    try:
        return timedelta(**{_UNITS[found[2]]: int(found[1])})
    except OverflowError:
        raise ArgumentTypeError(f"{text} is too long") from None


def date_and_time(text: str) -> datetime:
    """Read an ISO 8601 date and time with its timezone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(
            f"{text!r} is not a date and time such as 2026-11-24T08:00:00+01:00"
        ) from None
    if found.utcoffset() is None:
        raise ArgumentTypeError(f"{text!r} has no timezone; expected one, as in 2026-11-24T08:00:00+01:00")
    return found


def seconds(text: str) -> float:
    """Read a number of seconds above 0."""
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not found > 0:
        raise ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return found


def whole_number(text: str) -> int:
    """Read a whole number above 0."""
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)
