"""The directive ``workflow-graph``: the picture of a workflow, drawn from its code when the site is built.

``{workflow-graph} tests.recipes.choose_a_path.Parcel``
"""

from __future__ import annotations

from django.utils.module_loading import import_string
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from squid_mesh import api


class WorkflowGraph(SphinxDirective):
    """Draws the workflow with that dotted path."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the SVG, in a box that scrolls if it is wider than the page."""
        name = self.arguments[0].rpartition(".")[2]
        drawing = api.draw_workflow(import_string(self.arguments[0]))
        box = f'<div class="workflow-graph" tabindex="0" role="region" aria-label="Graph of {name}">'
        return [nodes.raw("", f"{box}{drawing}</div>", format="html")]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("workflow-graph", WorkflowGraph)
    return {"parallel_read_safe": True}
