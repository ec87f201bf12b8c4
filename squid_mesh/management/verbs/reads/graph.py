"""``graph``: draw a workflow, or a run with the status of its steps."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from squid_mesh import api
from squid_mesh.exceptions import InvalidArgument
from squid_mesh.management.cli import arguments
from squid_mesh.management.cli.output import Block, json_of
from squid_mesh.management.cli.verb import Verb, Write


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("what", metavar="run|workflow", help="a run's ID or a workflow's name")
    parser.add_argument(
        "--format", choices=("svg", "dot", "mermaid", "json"), default="svg", help="default: svg"
    )
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="write to this file instead of standard output"
    )
    arguments.add_json(parser)


def _handle(options: Mapping[str, Any], write: Write) -> int:
    form, file = options["format"], options["output"]
    drawn = _drawn(options["what"], form)
    if file is not None:
        _save(file, drawn)
    if options["json"]:
        kept = {"file": str(file)} if file is not None else {"graph": drawn}
        write(json_of({"format": form, **kept}))
    else:
        write(Block(drawn) if file is None else f"Written to {file}.")
    return 0


def _drawn(what: str, form: str) -> str:
    try:
        run_id = UUID(what)
    except ValueError:
        return api.draw_workflow(what, format=form).rstrip("\n")
    return api.draw_run(run_id, format=form).rstrip("\n")


def _save(file: Path, drawn: str) -> None:
    try:
        file.write_text(drawn + "\n", encoding="utf-8")
    except OSError as error:
        raise InvalidArgument(f"{file} can't be written: {error.strerror}.", argument="output") from None


GRAPH = Verb("graph", "Draw a workflow, or a run with the status of its steps.", _add_arguments, _handle)
