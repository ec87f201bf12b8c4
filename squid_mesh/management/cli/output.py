"""Output of verbs: snapshots as JSON, errors as one line, rows as a table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from pydantic_core import PydanticSerializationError, to_json, to_jsonable_python

from squid_mesh import api
from squid_mesh.management.cli.verb import Write
from squid_mesh.printable import escape_controls, escape_json

_LONGEST_CELL: Final = 200


class Block(str):
    """A text of several lines. Any other text is written as one line."""

    __slots__ = ()


def json_of(value: Any) -> Block:
    """Return snapshots, or lists and mappings of them, as indented JSON."""
    try:
        return Block(escape_json(to_json(value, indent=2, fallback=str).decode()))
    except PydanticSerializationError:  # a lone surrogate: the shell's text wasn't UTF-8
        return Block(json.dumps(to_jsonable_python(value, fallback=str), indent=2))


def safe_line(text: str) -> str:
    """Return the text as a terminal may get it: no character moves the cursor or starts another line."""
    return escape_controls(text, keep_lines=isinstance(text, Block))


def write_outcome(summary: api.RunSummary, text: str, options: Mapping[str, Any], write: Write) -> None:
    """Write what an action did, and the run's status."""
    if options["json"]:
        write(json_of(summary))
    else:
        write(f"{text} Run {summary.id} is {summary.status}.")


def error_text(error: Mapping[str, Any] | None) -> str:
    """Return the error of a run, step or attempt as one line of at most 200 characters."""
    if not error:
        return ""
    kind, message = (
        str(error.get("type", "")).removeprefix("builtins."),
        str(error.get("message", "")).strip(),
    )
    first = message.splitlines()[0] if message else ""
    return shorten(f"{kind}: {first}" if kind and first else kind or first)


def shorten(text: str) -> str:
    """Return the text, or the beginning of a long one: a column is as wide as its widest cell."""
    return text if len(text) <= _LONGEST_CELL else f"{text[: _LONGEST_CELL - 1]}…"


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Return the lines of a table, the head first, with columns as wide as their widest cell."""
    texts = [[*head], *([cell(value) for value in row] for row in rows)]
    widths = [max(len(row[column]) for row in texts) for column in range(len(head))]
    return [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in texts
    ]


def cell(value: object) -> str:
    """Return a value as the text of a cell, on one line: times in UTC to the second, no value as a dash."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return escape_controls(str(value))
