"""The formats of diagrams, and drawing a workflow or a run in one of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final
from uuid import UUID

from squid_mesh import conf
from squid_mesh.definitions import registry
from squid_mesh.definitions.declare.workflow import Workflow
from squid_mesh.exceptions import InvalidArgument
from squid_mesh.inspection.diagram.drawing import Drawing
from squid_mesh.inspection.diagram.render.dot import dot
from squid_mesh.inspection.diagram.render.mermaid import mermaid
from squid_mesh.inspection.diagram.render.structure import structure
from squid_mesh.inspection.diagram.render.svg import svg
from squid_mesh.inspection.diagram.run import add_progress
from squid_mesh.inspection.diagram.workflow import draw_workflow as draw_blueprint
from squid_mesh.inspection.runs import reading
from squid_mesh.inspection.snapshots.runs import RunSnapshot
from squid_mesh.store.definitions import read_blueprint

FORMATS: Final[Mapping[str, Callable[[Drawing], str]]] = {
    "svg": svg,
    "dot": dot,
    "mermaid": mermaid,
    "json": structure,
}


#: How many earlier visits of each step are read, to see whether one of them took a rewind.
_VISITS: Final = 20


def draw_workflow(workflow: type[Workflow] | str, *, format: str) -> str:
    """Return the diagram of the installed workflow."""
    write = _writer(format)
    return write(draw_blueprint(registry.get_workflow(workflow).blueprint))


def draw_run(run_id: UUID, *, format: str, steps_page: str) -> str:
    """Return the diagram of the run's definition with its progress. At most three queries.

    Raises:
        RunNotFound: there is no such run.
        UnreadableDefinition: this version can't read its definition.
    """
    _writer(format)  # a wrong format costs no query
    run = reading.read_run(run_id, history=False, recent=_VISITS)
    return draw_snapshot(run, format=format, steps_page=steps_page)


def draw_snapshot(run: RunSnapshot, *, format: str, steps_page: str) -> str:
    """Return the diagram of a run that was read before. At most one query."""
    write = _writer(format)
    graph = draw_blueprint(read_blueprint(run.fingerprint, conf.database()))
    return write(replace(add_progress(graph, run), steps_page=steps_page))


def _writer(format: str) -> Callable[[Drawing], str]:
    if format not in FORMATS:
        raise InvalidArgument(
            f"{format!r} is no format of a diagram; they are: {', '.join(FORMATS)}.",
            argument="format",
            known=list(FORMATS),
        )
    return FORMATS[format]
