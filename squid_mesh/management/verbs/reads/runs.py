"""``runs``: list runs, newest first."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from squid_mesh import api
from squid_mesh.lifecycle import RunStatus
from squid_mesh.management.cli import arguments
from squid_mesh.management.cli.output import error_text, json_of, table
from squid_mesh.management.cli.subject import subject_of
from squid_mesh.management.cli.verb import Verb, Write

_HEAD = (
    *("run", "workflow", "trigger", "status", "created (UTC)", "finished (UTC)", "subject", "tags", "key"),
    "error",
)


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--status", choices=[status.value for status in RunStatus])
    parser.add_argument("--workflow", metavar="NAME")
    parser.add_argument("--trigger", metavar="NAME")
    parser.add_argument("--subject", metavar="app.Model:pk", help="only runs about this object")
    arguments.add_tags(parser, "only runs with this tag (repeatable: runs with all of them)")
    parser.add_argument(
        "--search", default="", metavar="TEXT", help="an ID, an idempotency key or a subject's primary key"
    )
    parser.add_argument(
        "--limit", type=arguments.whole_number, default=50, metavar="N", help="at most N runs (default: 50)"
    )
    parser.add_argument(
        "--after", metavar="NEXT", help="the value of --after that the previous page ends with"
    )
    arguments.add_json(parser)


def _handle(options: Mapping[str, Any], write: Write) -> int:
    page = api.list_runs(
        workflow=options["workflow"],
        status=options["status"],
        trigger=options["trigger"],
        subject=subject_of(options["subject"]),
        tag=options["tag"],
        search=options["search"],
        limit=options["limit"],
        after=options["after"],
    )
    if options["json"]:
        write(json_of(page))
        return 0
    if not page.runs:
        write("No runs found.")
        return 0
    for line in table(_HEAD, [_row(run) for run in page.runs]):
        write(line)
    if page.next:
        write(f"More runs: --after {page.next}")
    return 0


def _row(run: api.RunSummary) -> tuple[object, ...]:
    return (
        run.id,
        run.workflow,
        run.trigger,
        run.status,
        run.created_at,
        run.finished_at,
        ":".join(run.subject) if run.subject else None,
        ", ".join(run.tags),
        run.idempotency_key,
        error_text(run.error),
    )


RUNS = Verb("runs", "List runs, newest first.", _add_arguments, _handle)
