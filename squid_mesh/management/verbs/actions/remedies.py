"""``retry``, ``skip`` and ``resolve``: what is done about one step of a run."""

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
    arguments.add_step(parser)
    arguments.add_actor(parser)
    arguments.add_reason(parser)
    arguments.add_json(parser)


def _add_for_retry(parser: ArgumentParser) -> None:
    _add_arguments(parser)
    arguments.add_irreversible(parser)


def _add_for_resolve(parser: ArgumentParser) -> None:
    _add_arguments(parser)
    parser.add_argument(
        "--outcome", default="ok", metavar="LABEL", help="ok, a label of the step's, or error (default: ok)"
    )
    parser.add_argument(
        "--output",
        type=arguments.json_value,
        metavar="JSON",
        help="what it gave; @file or - for standard input",
    )


def _handle_retry(options: Mapping[str, Any], write: Write) -> int:
    done = api.retry_step(
        options["run_id"],
        options["step"],
        visit=options["visit"],
        allow_irreversible=options["allow_irreversible"],
        actor=actor_of(options),
        reason=options["reason"],
    )
    write_outcome(done, f"Step {options['step']} runs again.", options, write)
    return 0


def _handle_skip(options: Mapping[str, Any], write: Write) -> int:
    done = api.skip_step(
        options["run_id"],
        options["step"],
        visit=options["visit"],
        actor=actor_of(options),
        reason=options["reason"],
    )
    write_outcome(done, f"Step {options['step']} is bypassed.", options, write)
    return 0


def _handle_resolve(options: Mapping[str, Any], write: Write) -> int:
    done = api.resolve_step(
        options["run_id"],
        options["step"],
        visit=options["visit"],
        output=options["output"],
        outcome=options["outcome"],
        actor=actor_of(options),
        reason=options["reason"],
    )
    write_outcome(done, f"Step {options['step']} ended {options['outcome']!r}.", options, write)
    return 0


RETRY = Verb("retry", "Run a step again now.", _add_for_retry, _handle_retry)
SKIP = Verb("skip", "Go on without a step.", _add_arguments, _handle_skip)
RESOLVE = Verb("resolve", "Say what a step came to, without running it.", _add_for_resolve, _handle_resolve)
