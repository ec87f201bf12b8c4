"""``unblock``: let a run go on that a pause holds."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from squid_mesh import api
from squid_mesh.management.cli import arguments
from squid_mesh.management.cli.actor import actor_of
from squid_mesh.management.cli.output import write_outcome
from squid_mesh.management.cli.verb import Verb, Write


def _add_arguments(parser: ArgumentParser) -> None:
    arguments.add_run(parser)
    arguments.add_held_step(parser)
    arguments.add_actor(parser)
    arguments.add_reason(parser)
    arguments.add_json(parser)


def _handle(options: Mapping[str, Any], write: Write) -> int:
    done = api.unblock_run(
        options["run_id"],
        step=options["step"],
        visit=options["visit"],
        actor=actor_of(options),
        reason=options["reason"],
    )
    write_outcome(done, "It goes on.", options, write)
    return 0


UNBLOCK = Verb("unblock", "Let a run go on that a pause holds.", _add_arguments, _handle)
