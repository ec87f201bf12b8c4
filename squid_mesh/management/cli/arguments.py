"""Arguments that several verbs take, and the values that they are read as."""

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
    """``--json``."""
    parser.add_argument("--json", action="store_true", help="for machines")


def add_actor(parser: ArgumentParser) -> None:
    """``--actor``."""
    parser.add_argument(
        "--actor",
        metavar="USERNAME",
        help="who does it: that user's permissions count. Without it the history names the system's user",
    )


def add_reason(parser: ArgumentParser) -> None:
    """``--reason``."""
    parser.add_argument("--reason", default="", metavar="TEXT", help="why, for the run's history")


def add_tags(parser: ArgumentParser, told: str) -> None:
    """``--tag``, once or more."""
    parser.add_argument("--tag", action="append", default=[], metavar="TEXT", help=told)


def add_run(parser: ArgumentParser) -> None:
    """The run's id."""
    parser.add_argument("run_id", metavar="run", help="the run's id")


def add_step(parser: ArgumentParser) -> None:
    """The step's name, where it must be named, and ``--visit``."""
    parser.add_argument("step", help="the step's name")
    parser.add_argument(
        "--visit", type=int, metavar="N", help="the visit that was seen; refused if the step is in another"
    )


def add_held_step(parser: ArgumentParser) -> None:
    """``--step`` and ``--visit``, for a held step that is named where several are."""
    parser.add_argument("--step", metavar="NAME", help="needed where several steps are held")
    parser.add_argument(
        "--visit", type=int, metavar="N", help="the visit that was seen; refused if it isn't held any more"
    )


def add_irreversible(parser: ArgumentParser) -> None:
    """``--allow-irreversible``."""
    parser.add_argument(
        "--allow-irreversible", action="store_true", help="repeat steps too that can't be undone"
    )


def json_value(text: str) -> Any:
    """JSON as it stands there, in the file of ``@path``, or on standard input for ``-``."""
    try:
        source = sys.stdin.read() if text == "-" else _in_file(text[1:]) if text[:1] == "@" else text
        return json.loads(source)
    except OSError as error:
        raise ArgumentTypeError(f"{text[1:]} can't be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError too
        raise ArgumentTypeError(f"this is no JSON: {error}") from None


def _in_file(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")


def duration(text: str) -> timedelta:
    """A number with ``s``, ``m``, ``h``, ``d`` or ``w``, as ``90d``."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ArgumentTypeError(f"{text!r} is no duration: give a number with s, m, h, d or w, such as 90d")
    try:
        return timedelta(**{_UNITS[found[2]]: int(found[1])})
    except OverflowError:
        raise ArgumentTypeError(f"{text} is too long") from None


def moment(text: str) -> datetime:
    """A moment of ISO 8601 with its timezone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no moment, such as 2026-11-24T08:00:00+01:00") from None
    if found.utcoffset() is None:
        raise ArgumentTypeError(f"{text!r} has no timezone: give one, as in 2026-11-24T08:00:00+01:00")
    return found


def seconds(text: str) -> float:
    """A number of seconds above zero."""
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not found > 0:
        raise ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return found


def whole_number(text: str) -> int:
    """A whole number above zero."""
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)
