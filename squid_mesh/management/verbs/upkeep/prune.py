"""``prune``: delete runs that finished long ago."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from squid_mesh import api
from squid_mesh.lifecycle import FINISHED_RUN
from squid_mesh.management.cli import arguments
from squid_mesh.management.cli.actor import shell_user
from squid_mesh.management.cli.output import json_of, table
from squid_mesh.management.cli.verb import Verb, Write


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--older-than",
        type=arguments.duration,
        required=True,
        metavar="AGE",
        help="runs that finished longer ago than this: a number with s, m, h, d or w, such as 90d",
    )
    parser.add_argument(
        "--status",
        action="append",
        choices=sorted(status.value for status in FINISHED_RUN),
        help="repeatable (default: completed and cancelled)",
    )
    parser.add_argument("--workflow", metavar="NAME", help="only runs of that workflow")
    parser.add_argument("--dry-run", action="store_true", help="count the runs, delete nothing")
    arguments.add_json(parser)


def _handle(options: Mapping[str, Any], write: Write) -> int:
    selection = {"older_than": options["older_than"], "workflow": options["workflow"]}
    if options["status"]:
        selection["statuses"] = options["status"]
    if options["dry_run"]:
        _write_counts(api.count_prunable(**selection), options, write)
        return 0
    removed = api.prune_runs(**selection, actor=shell_user())
    if options["json"]:
        write(json_of(removed))
    else:
        write(
            f"Deleted: {removed.runs} runs with {removed.steps} steps, {removed.attempts} attempts,"
            f" {removed.decisions} decisions and {removed.events} events;"
            f" {removed.definitions} unused definitions."
        )
        if removed.skipped:
            write(f"Skipped: {removed.skipped} runs that can't be deleted.")
        for run in removed.skipped_runs:
            write(f"  {run.id}: {run.reason}")
    return 0


def _write_counts(counts: tuple[api.Prunable, ...], options: Mapping[str, Any], write: Write) -> None:
    if options["json"]:
        write(json_of(counts))
        return
    if not counts:
        write("Nothing to prune.")
        return
    head = ("workflow", "status", "runs", "first finished (UTC)")
    for line in table(head, [(row.workflow, row.status, row.runs, row.oldest) for row in counts]):
        write(line)
    write(f"{sum(row.runs for row in counts)} runs would be deleted.")


PRUNE = Verb("prune", "Delete runs that finished long ago.", _add_arguments, _handle)
