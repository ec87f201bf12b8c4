"""``triggers``: list the cron triggers; update their rows from the code, or check them."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from typing import Any

from squid_mesh import api
from squid_mesh.management.cli import arguments
from squid_mesh.management.cli.output import json_of, table
from squid_mesh.management.cli.verb import Verb, Write

_HEAD = (
    "workflow",
    "trigger",
    "expression",
    "timezone",
    "enabled",
    "next (UTC)",
    "last (UTC)",
    "last run",
    "note",
)


def _add_arguments(parser: ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--sync", action="store_true", help="update the rows from the code")
    what.add_argument(
        "--check", action="store_true", help="exit with 1 if code and rows differ; change nothing"
    )
    arguments.add_json(parser)


def _handle(options: Mapping[str, Any], write: Write) -> int:
    changed = api.refresh_triggers() if options["sync"] else None
    found = api.list_triggers()
    drifted = [trigger for trigger in found if trigger.drift]
    if options["json"]:
        write(json_of(found))
    else:
        _write_table(found, write)
        if changed is not None:
            write(f"{changed} updated.")
        if options["check"] and not drifted:
            write("Rows match the code.")
    return 1 if options["check"] and drifted else 0


def _write_table(found: Sequence[api.TriggerSnapshot], write: Write) -> None:
    if not found:
        write("No cron triggers found.")
        return
    rows = [
        (
            t.workflow,
            t.name,
            t.expression,
            t.timezone,
            t.enabled,
            t.next_time,
            t.last_time,
            t.last_run,
            _note(t),
        )
        for t in found
    ]
    for line in table(_HEAD, rows):
        write(line)


def _note(trigger: api.TriggerSnapshot) -> str:
    notes = [trigger.drift, trigger.error]
    if not trigger.declared and not trigger.drift:
        notes.append("removed from the code")
    if trigger.overridden:
        notes.append("overridden by an operator")
    if trigger.skipped_time is not None:
        notes.append(f"skipped {trigger.skipped_time:%Y-%m-%d %H:%M}: {trigger.skip_reason}")
    return "; ".join(note for note in notes if note)


TRIGGERS = Verb(
    "triggers",
    "List the cron triggers; --sync updates their rows, --check compares them with the code.",
    _add_arguments,
    _handle,
)
