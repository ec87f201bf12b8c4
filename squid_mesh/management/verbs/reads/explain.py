"""``explain``: why a run is where it is, and what may be done now."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from typing import Any

from squid_mesh import api
from squid_mesh.actions import SPECS
from squid_mesh.management.cli import arguments
from squid_mesh.management.cli.actor import named_user
from squid_mesh.management.cli.output import json_of
from squid_mesh.management.cli.table import cell
from squid_mesh.management.cli.verb import Verb, Write


def _add_arguments(parser: ArgumentParser) -> None:
    arguments.add_run(parser)
    parser.add_argument("--actor", metavar="USERNAME", help="say what that user may do, and why not the rest")
    arguments.add_json(parser)


def _handle(options: Mapping[str, Any], write: Write) -> int:
    told = api.explain_run(options["run_id"], user=named_user(options))
    if options["json"]:
        write(json_of(told))
        return 0
    for line in _lines(told):
        write(line)
    return 0


def _lines(told: api.Explanation) -> Iterator[str]:
    yield f"Run {told.run_id} of {told.workflow} is {told.status}. [{told.reason}]"
    yield told.summary
    others = [step for step in told.open if step.step != told.step]
    if others:
        yield from ("", "Beside it:", *(f"  {step.step}: {step.summary} [{step.reason}]" for step in others))
    if told.events:
        yield from ("", "What happened last:")
        for event in told.events:
            about = " ".join(part for part in (event.step, event.actor and f"by {event.actor}") if part)
            said = f": {event.comment}" if event.comment else ""
            yield f"  {cell(event.created_at)}  {event.type}{f' {about}' if about else ''}{said}"
    if told.next_actions:
        yield from ("", "What may be done now:", *(f"  {_action(action)}" for action in told.next_actions))


def _action(action: api.NextAction) -> str:
    verb = SPECS[action.action].verb
    said = f"{verb} {action.step}" if action.step else verb
    if action.exits:
        said += f" ({', '.join(action.exits)})"
    if action.irreversible:
        said += f"; repeats what can't be undone: {', '.join(action.irreversible)}"
    if action.permitted is False:
        said += f"; not you: {action.why_not[:1].lower()}{action.why_not[1:]}"
    return said


EXPLAIN = Verb("explain", "Why a run is where it is, and what may be done now.", _add_arguments, _handle)
