"""Graphs of workflows and runs, in the format that the client accepts or names in the query."""

from __future__ import annotations

import json
from typing import Any, Final
from uuid import UUID

from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from squid_mesh import api
from squid_mesh.rest.base.permissions import VIEW
from squid_mesh.rest.base.views import RestView
from squid_mesh.rest.documentation.operations import operation
from squid_mesh.rest.values import Graph


class _TextRenderer(BaseRenderer):
    """Renders the graph as it is."""

    charset = "utf-8"

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> Any:
        """Return the text."""
        return data


class SvgRenderer(_TextRenderer):
    """A picture."""

    media_type = "image/svg+xml"
    format = "svg"


class DotRenderer(_TextRenderer):
    """For Graphviz."""

    media_type = "text/vnd.graphviz"
    format = "dot"


class MermaidRenderer(_TextRenderer):
    """For README files and wikis."""

    media_type = "text/vnd.mermaid"
    format = "mermaid"


_TEXTS: Final = (SvgRenderer, DotRenderer, MermaidRenderer)
_ANSWERS: Final = {
    (200, "application/json"): Graph,
    **{(200, renderer.media_type): str for renderer in _TEXTS},
}


class _GraphView(RestView):
    renderer_classes = (JSONRenderer, *_TEXTS)
    errors_are_json = True
    needs = {"GET": VIEW}

    def answer_graph(self, request: Request, drawn: str) -> Response:
        """Return the graph. An SVG that is opened as a page of its own may load and run nothing."""
        chosen = request.accepted_renderer.format
        headers = {"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff"}
        return Response(json.loads(drawn) if chosen == "json" else drawn, headers=headers)


class WorkflowGraphView(_GraphView):
    """The graph of an installed workflow."""

    @operation(
        "draw_workflow",
        "Draw a workflow's graph, as JSON, SVG, DOT or mermaid.",
        answers=_ANSWERS,
        errors=[404, 409],
    )
    def get(self, request: Request, workflow: str) -> Response:
        """Return the graph."""
        return self.answer_graph(
            request, api.draw_workflow(workflow, format=request.accepted_renderer.format)
        )


class RunGraphView(_GraphView):
    """The graph that a run executes, with its progress."""

    @operation(
        "draw_run",
        "Draw a run's graph with its progress, as JSON, SVG, DOT or mermaid.",
        answers=_ANSWERS,
        errors=[404, 409],
    )
    def get(self, request: Request, run_id: UUID) -> Response:
        """Return the graph."""
        return self.answer_graph(request, api.draw_run(run_id, format=request.accepted_renderer.format))
