"""``cancel``: end a run."""

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
    arguments.add_actor(parser)
    arguments.add_reason(parser)
    arguments.add_json(parser)


def _handle(options: Mapping[str, Any], write: Write) -> int:
    done = api.cancel_run(options["run_id"], actor=actor_of(options), reason=options["reason"])
    write_outcome(done, "Cancelled.", options, write)
    return 0


CANCEL = Verb("cancel", "End a run; steps that are executing finish first.", _add_arguments, _handle)
