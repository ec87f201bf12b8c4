"""``metrics``: write the metrics in Prometheus' text format."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from squid_mesh import api
from squid_mesh.contrib import extras
from squid_mesh.management.cli import arguments
from squid_mesh.management.cli.output import Block, json_of
from squid_mesh.management.cli.verb import Verb, Write


def _add_arguments(parser: ArgumentParser) -> None:
    arguments.add_json(parser)


def _handle(options: Mapping[str, Any], write: Write) -> int:
    write(json_of(api.read_metrics()) if options["json"] else Block(_exposition()))
    return 0


def _exposition() -> str:
    extras.require_extra("prometheus")
    from squid_mesh.contrib.prometheus import exposition  # noqa: PLC0415 - the extra may be missing

    return exposition().rstrip("\n")


METRICS = Verb("metrics", "Write the metrics in Prometheus' text format.", _add_arguments, _handle)
