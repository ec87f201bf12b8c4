"""Writing a drawing as DOT, for Graphviz."""

from __future__ import annotations

from squid_mesh.inspection.diagram.drawing import Drawing, DrawnEdge, Node, Shape
from squid_mesh.inspection.diagram.text import printable


def dot(drawing: Drawing) -> str:
    """Return a digraph; every name and label is quoted, so that no text is read as DOT or HTML."""
    lines = [f"digraph {_quoted(drawing.title)} {{", "  node [shape=box, style=rounded];"]
    lines += [f"  {_quoted(node.id)} [{_node(node)}];" for node in drawing.nodes]
    lines += [
        f"  {_quoted(edge.source)} -> {_quoted(edge.target)} [{_edge(edge)}];" for edge in drawing.edges
    ]
    return "\n".join([*lines, "}", ""])


def _node(node: Node) -> str:
    label = "\\n".join(
        _escaped(text) for text in (node.name or node.description, *node.lines, node.badge) if text
    )
    attributes = [f'label="{label}"', f"tooltip={_quoted(node.description)}"]
    if node.shape is not Shape.STEP:
        attributes.append("shape=oval")
    if node.status is not None:
        attributes.append(f'class="{node.status_class}"')
    return ", ".join(attributes)


def _edge(edge: DrawnEdge) -> str:
    attributes = [f"label={_quoted(edge.label)}", f"tooltip={_quoted(edge.description)}"]
    if edge.back:
        attributes += ["style=dotted", "constraint=false"]
    elif edge.error:
        attributes.append("style=dashed")
    if edge.progress == "taken":
        attributes.append("penwidth=2")
    return ", ".join(attributes)


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    """Return the text for use between double quotes, where a backslash starts an escape."""
    return printable(text).replace("\\", "\\\\").replace('"', '\\"')
