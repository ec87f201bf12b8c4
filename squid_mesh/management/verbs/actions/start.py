"""``start``: start a run, and wait until it finishes if ``--wait`` is given."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from squid_mesh import api
from squid_mesh.definitions.declare.outcomes import MAX_DELAY
from squid_mesh.lifecycle import FINISHED_RUN, RunStatus
from squid_mesh.management.cli import arguments
from squid_mesh.management.cli.actor import actor_of
from squid_mesh.management.cli.output import error_text, json_of
from squid_mesh.management.cli.subject import subject_of
from squid_mesh.management.cli.verb import Verb, Write


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("workflow", help="the workflow's name (see the verb workflows)")
    parser.add_argument("--trigger", metavar="NAME", help="required if the workflow has several triggers")
    parser.add_argument(
        "--payload",
        type=arguments.json_value,
        metavar="JSON",
        help="the run's payload; @FILE reads a file, - reads standard input",
    )
    parser.add_argument("--key", metavar="TEXT", help="idempotency key: a second start returns the first run")
    parser.add_argument("--subject", metavar="app.Model:pk", help="the object that the run is about")
    arguments.add_tags(parser, "tag the run (repeatable)")
    parser.add_argument(
        "--at",
        type=arguments.date_and_time,
        metavar="TIME",
        help="earliest start time, ISO 8601 with timezone",
    )
    parser.add_argument(
        "--wait",
        nargs="?",
        type=arguments.seconds,
        const=MAX_DELAY,
        metavar="SECONDS",
        help="wait for the run to finish, at most SECONDS; exit code 1 unless it completed",
    )
    arguments.add_actor(parser)
    arguments.add_json(parser)


def _handle(options: Mapping[str, Any], write: Write) -> int:
    actor = actor_of(options)
    api.check_start(actor)
    run = api.start_run(
        options["workflow"],
        options["payload"],
        trigger=options["trigger"],
        idempotency_key=options["key"],
        subject=subject_of(options["subject"]),
        tags=options["tag"],
        start_at=options["at"],
        actor=actor,
    )
    if options["wait"] is None:
        write(json_of(run) if options["json"] else _describe_start(run, f"is {run.status}"))
        return 0
    if not options["json"]:
        write(_describe_start(run, "started"))
    api.wait_for_run(run.id, options["wait"])
    found = api.inspect_run(run.id)
    write(json_of({**dict(found), "existed": run.existed}) if options["json"] else _describe_end(found))
    return 0 if found.status is RunStatus.COMPLETED else 1


def _describe_start(run: api.StartedRun, now: str) -> str:
    if run.existed:
        return f"No run started: run {run.id} of {run.workflow} has the same key. It is {run.status}."
    return f"Run {run.id} of {run.workflow} {now}."


def _describe_end(found: api.RunSnapshot) -> str:
    if found.status not in FINISHED_RUN:
        return f"The run isn't finished: it is {found.status}."
    why = error_text(found.error)
    return f"The run finished with status {found.status}{f': {why}' if why else ''}."


START = Verb("start", "Start a run.", _add_arguments, _handle)
