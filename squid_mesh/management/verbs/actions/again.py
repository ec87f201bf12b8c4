"""``rewind`` and ``replay``: running again what has run, in the same run or in a new one."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from squid_mesh import api
from squid_mesh.management.cli import arguments
from squid_mesh.management.cli.actor import actor_of
from squid_mesh.management.cli.output import write_outcome
from squid_mesh.management.cli.verb import Verb, Write


def _add_for_rewind(parser: ArgumentParser) -> None:
    arguments.add_run(parser)
    arguments.add_step(parser)
    _add_rest(parser)


def _add_for_replay(parser: ArgumentParser) -> None:
    arguments.add_run(parser)
    parser.add_argument(
        "--payload",
        type=arguments.json_value,
        metavar="JSON",
        help="instead of the old run's; @file or - for standard input",
    )
    _add_rest(parser)


def _add_rest(parser: ArgumentParser) -> None:
    arguments.add_irreversible(parser)
    arguments.add_actor(parser)
    arguments.add_reason(parser)
    arguments.add_json(parser)


def _handle_rewind(options: Mapping[str, Any], write: Write) -> int:
    done = api.rewind_run(
        options["run_id"],
        options["step"],
        visit=options["visit"],
        allow_irreversible=options["allow_irreversible"],
        actor=actor_of(options),
        reason=options["reason"],
    )
    write_outcome(done, f"It goes on from step {options['step']}.", options, write)
    return 0


def _handle_replay(options: Mapping[str, Any], write: Write) -> int:
    done = api.replay_run(
        options["run_id"],
        payload=options["payload"],
        allow_irreversible=options["allow_irreversible"],
        actor=actor_of(options),
        reason=options["reason"],
    )
    write_outcome(done, f"Run {done.replay_of} is replayed as run {done.id}.", options, write)
    return 0


REWIND = Verb("rewind", "Run a step and all that follows it again.", _add_for_rewind, _handle_rewind)
REPLAY = Verb("replay", "Start a new run like one that is over.", _add_for_replay, _handle_replay)
