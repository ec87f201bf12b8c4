"""``start``: start a run, and wait for its end where that is wanted."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from collections.abc import Mapping
from math import inf
from typing import Any, Final
from uuid import UUID

from squid_mesh import api
from squid_mesh.lifecycle import FINISHED_RUN, RunStatus
from squid_mesh.management.cli import arguments
from squid_mesh.management.cli.actor import actor_of
from squid_mesh.management.cli.output import error_text, json_of
from squid_mesh.management.cli.subject import subject_of
from squid_mesh.management.cli.verb import Verb, Write

#: Seconds between two looks at a run: a short one ends at once, a long one costs a look a second.
_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 1.0


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("workflow", help="its name, as the verb workflows lists it")
    parser.add_argument("--trigger", metavar="NAME", help="needed where the workflow has several")
    parser.add_argument(
        "--payload",
        type=arguments.json_value,
        metavar="JSON",
        help="what the run is started with; @file or - for standard input",
    )
    parser.add_argument("--key", metavar="TEXT", help="idempotency key: another start gives the first's run")
    parser.add_argument("--subject", metavar="app.Model:pk", help="the object that the run is about")
    arguments.add_tags(parser, "a tag of the run; as often as there are tags")
    parser.add_argument(
        "--at", type=arguments.moment, metavar="TIME", help="not before that moment, ISO 8601 with timezone"
    )
    parser.add_argument(
        "--wait",
        nargs="?",
        type=arguments.seconds,
        const=inf,
        metavar="SECONDS",
        help="until the run is over, or so long; exit code 1 unless it completed",
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
        write(json_of(run) if options["json"] else _started(run, f"is {run.status}"))
        return 0
    if not options["json"]:
        write(_started(run, "has started"))
    seen = _wait(run.id, options["wait"])
    write(json_of({**dict(seen), "existed": run.existed}) if options["json"] else _told(seen))
    return 0 if seen.status is RunStatus.COMPLETED else 1


def _started(run: api.StartedRun, now: str) -> str:
    if run.existed:
        return f"Nothing was started: run {run.id} of {run.workflow} has that key. It is {run.status}."
    return f"Run {run.id} of {run.workflow} {now}."


def _wait(run_id: UUID, seconds: float) -> api.RunSnapshot:
    """The run once it is over, or after so many seconds."""
    until, pause = time.monotonic() + seconds, _FIRST_PAUSE
    while True:
        seen = api.inspect_run(run_id)
        left = until - time.monotonic()
        if seen.status in FINISHED_RUN or left <= 0:
            return seen
        time.sleep(min(pause, left))
        pause = min(pause * 2, _LONGEST_PAUSE)


def _told(seen: api.RunSnapshot) -> str:
    if seen.status not in FINISHED_RUN:
        return f"It isn't over yet: it is {seen.status}."
    why = error_text(seen.error)
    return f"It is {seen.status}{f': {why}' if why else ''}."


START = Verb("start", "Start a run.", _add_arguments, _handle)
