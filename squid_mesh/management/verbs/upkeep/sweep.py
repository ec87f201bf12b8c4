"""``sweep``: recover the steps of dead workers, and execute due steps if ``--work`` is given."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from squid_mesh import api
from squid_mesh.management.cli import arguments
from squid_mesh.management.cli.output import json_of
from squid_mesh.management.cli.verb import Verb, Write


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--work",
        type=arguments.seconds,
        metavar="SECONDS",
        help="also execute due steps, for at most SECONDS",
    )
    arguments.add_json(parser)


def _handle(options: Mapping[str, Any], write: Write) -> int:
    recovered = api.recover_steps()
    executed = 0 if options["work"] is None else api.execute_due(options["work"])
    if options["json"]:
        write(json_of({"recovered": recovered, "executed": executed}))
        return 0
    write(f"Steps recovered from dead workers: {recovered}.")
    if options["work"] is not None:
        write(f"Steps executed: {executed}.")
    return 0


SWEEP = Verb(
    "sweep", "Recover steps of dead workers; --work also executes due steps.", _add_arguments, _handle
)
