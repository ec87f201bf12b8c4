"""``sweep``: take back what lost workers hold, and execute what is due where that is wanted."""

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
        help="execute due steps here too, for so long or until none is due",
    )
    arguments.add_json(parser)


def _handle(options: Mapping[str, Any], write: Write) -> int:
    taken = api.recover_steps()
    executed = 0 if options["work"] is None else api.execute_due(options["work"])
    if options["json"]:
        write(json_of({"taken_back": taken, "executed": executed}))
        return 0
    write(f"Steps taken back from lost workers: {taken}.")
    if options["work"] is not None:
        write(f"Steps executed: {executed}.")
    return 0


SWEEP = Verb("sweep", "Take back the steps of lost workers; --work off what is due.", _add_arguments, _handle)
