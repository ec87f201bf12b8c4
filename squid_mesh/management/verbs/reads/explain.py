"""``explain``: why a run has its status, and which actions are available."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from typing import Any

from squid_mesh import api
from squid_mesh.actions import SPECS
from squid_mesh.management.cli import arguments
from squid_mesh.management.cli.actor import named_user
from squid_mesh.management.cli.output import cell, json_of
from squid_mesh.management.cli.verb import Verb, Write


def _add_arguments(parser: ArgumentParser) -> None:
    arguments.add_run(parser)
    parser.add_argument(
        "--actor", metavar="USERNAME", help="check the actions against this user's permissions"
    )
    arguments.add_json(parser)


def _handle(options: Mapping[str, Any], write: Write) -> int:
    explanation = api.explain_run(options["run_id"], user=named_user(options))
    if options["json"]:
        write(json_of(explanation))
        return 0
    for line in _lines(explanation):
        write(line)
    return 0


def _lines(found: api.Explanation) -> Iterator[str]:
    yield f"Run {found.run_id} of {found.workflow} is {found.status}. [{found.reason}]"
    yield found.summary
    others = [step for step in found.open if step.step != found.step]
    if others:
        yield from ("", "Also open:", *(f"  {step.step}: {step.summary} [{step.reason}]" for step in others))
    if found.unreadable:
        yield from ("", "Stored values that can't be read:", *(f"  {value}" for value in found.unreadable))
    if found.events:
        yield from ("", "Latest events:")
        for event in found.events:
            about = " ".join(part for part in (event.step, event.actor and f"by {event.actor}") if part)
            comment = f": {event.comment}" if event.comment else ""
            yield f"  {cell(event.created_at)}  {event.type}{f' {about}' if about else ''}{comment}"
    if found.next_actions:
        yield from ("", "Available actions:", *(f"  {_action(action)}" for action in found.next_actions))


def _action(action: api.NextAction) -> str:
    verb = SPECS[action.action].verb
    text = f"{verb} {action.step}" if action.step else verb
    if action.exits:
        text += f" ({', '.join(action.exits)})"
    if action.irreversible:
        text += f"; repeats irreversible steps: {', '.join(action.irreversible)}"
    if action.permitted is False:
        text += f" - not permitted: {action.why_not[:1].lower()}{action.why_not[1:]}"
    return text


EXPLAIN = Verb("explain", "Explain a run's status and list the available actions.", _add_arguments, _handle)
