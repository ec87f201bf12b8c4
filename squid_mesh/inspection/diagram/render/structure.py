"""Writing a drawing as JSON, for programs that draw it themselves."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from squid_mesh.inspection.diagram.drawing import Drawing, Node


def structure(drawing: Drawing) -> str:
    """Return the title, the nodes and the edges as one JSON object."""
    return json.dumps(
        {
            "title": drawing.title,
            "nodes": [_node(node) for node in drawing.nodes],
            "edges": [asdict(edge) for edge in drawing.edges],
        },
        ensure_ascii=False,
    )


def _node(node: Node) -> dict[str, Any]:
    return {**asdict(node), "status": node.status and node.status.value}
