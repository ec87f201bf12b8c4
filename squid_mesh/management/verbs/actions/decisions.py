"""``approve``, ``reject`` and ``decide``: one person's word at an approval."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from squid_mesh import api
from squid_mesh.definitions.request import APPROVED, REJECTED
from squid_mesh.management.cli import arguments
from squid_mesh.management.cli.actor import person_of
from squid_mesh.management.cli.output import write_outcome
from squid_mesh.management.cli.verb import Verb, Write


def _add_rest(parser: ArgumentParser) -> None:
    arguments.add_held_step(parser)
    parser.add_argument(
        "--data",
        type=arguments.json_value,
        metavar="JSON",
        help="the answers to the approval's form; @file or - for standard input",
    )
    arguments.add_actor(parser)
    arguments.add_reason(parser)
    arguments.add_json(parser)


def _add_arguments(parser: ArgumentParser) -> None:
    arguments.add_run(parser)
    _add_rest(parser)


def _add_with_exit(parser: ArgumentParser) -> None:
    arguments.add_run(parser)
    parser.add_argument("exit", help="one of the approval's exits")
    _add_rest(parser)


def _decide(exit: str, options: Mapping[str, Any], write: Write) -> int:
    done = api.decide(
        options["run_id"],
        exit,
        step=options["step"],
        visit=options["visit"],
        actor=person_of(options),
        comment=options["reason"],
        data=options["data"],
    )
    write_outcome(done, f"Your word is {exit!r}.", options, write)
    return 0


def _handle_approve(options: Mapping[str, Any], write: Write) -> int:
    return _decide(APPROVED, options, write)


def _handle_reject(options: Mapping[str, Any], write: Write) -> int:
    return _decide(REJECTED, options, write)


def _handle_decide(options: Mapping[str, Any], write: Write) -> int:
    return _decide(options["exit"], options, write)


APPROVE = Verb("approve", "Approve what a run asks; needs --actor.", _add_arguments, _handle_approve)
REJECT = Verb("reject", "Reject what a run asks; needs --actor.", _add_arguments, _handle_reject)
DECIDE = Verb("decide", "Choose any exit of an approval; needs --actor.", _add_with_exit, _handle_decide)
