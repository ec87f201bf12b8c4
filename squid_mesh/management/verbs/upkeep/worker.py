"""``worker``: run a cluster of workers under a supervisor."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from squid_mesh.management.cli import arguments
from squid_mesh.management.cli.verb import Verb, Write
from squid_mesh.supervisor.run import is_leader, run_worker


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--workers",
        type=arguments.whole_number,
        metavar="N",
        help='worker processes (default: SQUID_MESH["WORKERS"], then Q_CLUSTER["workers"], then the CPUs)',
    )
    arguments.add_json(parser)


def _handle(options: Mapping[str, Any], write: Write) -> int:
    if not is_leader():
        write(
            f"Starting a worker cluster (supervisor: process {os.getpid()}). Stop it with Ctrl-C or SIGTERM."
        )
    return run_worker(options["workers"])


WORKER = Verb(
    "worker",
    "Run a cluster of workers under a supervisor until SIGTERM or SIGINT; exit code 1 if it gave up.",
    _add_arguments,
    _handle,
    needs_checks=not is_leader(),
)
