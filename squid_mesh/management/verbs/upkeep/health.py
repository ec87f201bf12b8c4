"""``health``: whether the worker cluster on this machine works, for the probes of containers."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from squid_mesh.management.cli import arguments
from squid_mesh.management.cli.output import json_of
from squid_mesh.management.cli.verb import Verb, Write
from squid_mesh.supervisor.health import read_health


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--ready",
        action="store_true",
        help="fail also while the cluster starts, restarts or stops, or the database doesn't answer",
    )
    arguments.add_json(parser)


def _handle(options: Mapping[str, Any], write: Write) -> int:
    health = read_health(with_database=options["ready"])
    good = health.ready if options["ready"] else health.live
    if options["json"]:
        write(json_of(asdict(health)))
        return 0 if good else 1
    write("Healthy." if good else "Not healthy.")
    for problem in health.problems:
        write(problem)
    return 0 if good else 1


HEALTH = Verb(
    "health",
    "Exit code 0 if the worker cluster on this machine is alive, else 1; --ready: if it also executes steps.",
    _add_arguments,
    _handle,
    needs_checks=False,
)
