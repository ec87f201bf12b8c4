"""Writing a drawing as a mermaid flowchart, for example for README files."""

from __future__ import annotations

from squid_mesh.inspection.diagram.drawing import Drawing, Node, Shape
from squid_mesh.inspection.diagram.text import printable

#: Characters that mermaid or HTML would read as their own. Entities have no ampersand there.
_SPECIAL = frozenset('"#&<>`\\')


def mermaid(drawing: Drawing) -> str:
    """Return a flowchart from top to bottom; nodes are numbered, every label is quoted and escaped."""
    number = {node.id: f"n{i}" for i, node in enumerate(drawing.nodes)}
    lines = ["flowchart TD"]
    lines += [f"    {number[node.id]}{_node(node)}" for node in drawing.nodes]
    for edge in drawing.edges:
        arrow = "-.->" if edge.back or edge.error else "==>" if edge.progress == "taken" else "-->"
        label = f'|"{_escaped(edge.label)}"|' if edge.label else ""
        lines.append(f"    {number[edge.source]} {arrow}{label} {number[edge.target]}")
    return "\n".join([*lines, ""])


def _node(node: Node) -> str:
    text = "<br>".join(
        _escaped(text) for text in (node.name or node.description, *node.lines, node.badge) if text
    )
    return f'["{text}"]' if node.shape is Shape.STEP else f'(["{text}"])'


def _escaped(text: str) -> str:
    return "".join(f"#{ord(c)};" if c in _SPECIAL else c for c in printable(text))
