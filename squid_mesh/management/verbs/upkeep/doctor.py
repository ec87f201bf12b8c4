"""``doctor``: list the problems of this installation, each with its fix."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from squid_mesh import api
from squid_mesh.management.cli import arguments
from squid_mesh.management.cli.output import json_of
from squid_mesh.management.cli.verb import Verb, Write


def _add_arguments(parser: ArgumentParser) -> None:
    arguments.add_json(parser)


def _handle(options: Mapping[str, Any], write: Write) -> int:
    found = api.diagnose()
    if options["json"]:
        write(json_of(found))
    elif not found:
        write("No problems found.")
    else:
        for finding in found:
            write(f"{finding.severity}: {finding.problem} [{finding.code}]")
            write(f"    {finding.fix}")
    return 1 if any(finding.severity is api.Severity.ERROR for finding in found) else 0


DOCTOR = Verb(
    "doctor",
    "List the problems of this installation, each with its fix; exit code 1 if there is an error.",
    _add_arguments,
    _handle,
    needs_checks=False,
)
