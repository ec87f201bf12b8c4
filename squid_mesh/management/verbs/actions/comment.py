"""``comment``: add a word to a run's history."""

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
    parser.add_argument("text", help="the comment")
    parser.add_argument("--step", default="", metavar="NAME", help="the step that it is about")
    arguments.add_actor(parser)
    arguments.add_json(parser)


def _handle(options: Mapping[str, Any], write: Write) -> int:
    done = api.comment_run(options["run_id"], options["text"], step=options["step"], actor=actor_of(options))
    write_outcome(done, "Commented.", options, write)
    return 0


COMMENT = Verb("comment", "Add a comment to a run's history.", _add_arguments, _handle)
