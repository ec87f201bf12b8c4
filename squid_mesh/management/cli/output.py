"""What verbs write: snapshots as JSON for machines, sentences for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic_core import PydanticSerializationError, to_json, to_jsonable_python

from squid_mesh import api
from squid_mesh.management.cli.verb import Write


def json_of(value: Any) -> str:
    """Snapshots, or lists and mappings of them, as indented JSON."""
    try:
        return to_json(value, indent=2, fallback=str).decode()
    except PydanticSerializationError:  # half of a character, as a shell gives what isn't UTF-8
        return json.dumps(to_jsonable_python(value, fallback=str), indent=2)


def write_outcome(summary: api.RunSummary, did: str, options: Mapping[str, Any], write: Write) -> None:
    """What an action did, and what the run is now."""
    if options["json"]:
        write(json_of(summary))
    else:
        write(f"{did} Run {summary.id} is {summary.status}.")


def error_text(error: Mapping[str, Any] | None) -> str:
    """An error of a run, step or attempt in one line."""
    if not error:
        return ""
    kind, message = (
        str(error.get("type", "")).removeprefix("builtins."),
        str(error.get("message", "")).strip(),
    )
    first = message.splitlines()[0] if message else ""
    return f"{kind}: {first}" if kind and first else kind or first
