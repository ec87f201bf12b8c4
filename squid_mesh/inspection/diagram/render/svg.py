"""A diagram as SVG for any page: classes only, no style and no script, all text escaped."""

from __future__ import annotations

from typing import assert_never
from urllib.parse import quote
from xml.etree import ElementTree as ET

from squid_mesh.inspection.diagram.drawing import Drawing, Node, Progress, Shape
from squid_mesh.inspection.diagram.layout import boxes
from squid_mesh.inspection.diagram.layout.layout import PlacedBox, PlacedEdge, PlacedLabel, lay_out
from squid_mesh.inspection.diagram.render import glyphs, paths
from squid_mesh.inspection.diagram.render.paths import number
from squid_mesh.inspection.diagram.text import printable
from squid_mesh.lifecycle import StepStatus, Unrecognized

_INK, _PAPER, _LINE = "#222", "#fff", "#666"


def svg(drawing: Drawing) -> str:
    """Return one ``<svg>`` element. Colours come from ``diagram.css``; without it, it is black on white."""
    picture = lay_out(drawing)
    wide, high = number(picture.width), number(picture.height)
    direction = "down" if picture.downwards else "right"
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": f"sqm-diagram sqm-diagram-{direction}",
            "role": "group",
            "aria-label": printable(picture.title),
            "viewBox": f"0 0 {wide} {high}",
            "width": wide,
            "height": high,
            "fill": "none",
            "font-family": "Helvetica, Arial, sans-serif",
        },
    )
    lines = ET.SubElement(root, "g", {"class": "sqm-edges", "aria-hidden": "true"})
    # Taken edges are drawn over the others.
    for edge in sorted(picture.edges, key=lambda edge: edge.course.edge.progress is Progress.TAKEN):
        _line(lines, edge)
    for edge in picture.edges:
        if edge.label is not None:
            _label(lines, edge, edge.label)
    for box in picture.boxes:
        _box(root, box, drawing.steps_page)
    return ET.tostring(root, encoding="unicode")


def _line(parent: ET.Element, placed: PlacedEdge) -> None:
    group = ET.SubElement(parent, "g", {"class": _edge_class("sqm-edge", placed)})
    _title(group, placed.course.edge.description)
    line = {"class": "sqm-edge-line", "d": paths.line(placed.course), "stroke": _LINE, "stroke-width": "1.5"}
    if placed.course.edge.back or placed.course.edge.error:
        line["stroke-dasharray"] = "2 4" if placed.course.edge.back else "6 4"
    ET.SubElement(group, "path", line)
    ET.SubElement(group, "path", {"class": "sqm-edge-tip", "d": paths.tip(placed.course), "fill": _LINE})


def _edge_class(base: str, placed: PlacedEdge) -> str:
    edge = placed.course.edge
    kinds = [("error", edge.error), ("back", edge.back), ("recovery", bool(edge.recovery))]
    kinds.append((edge.progress.value, edge.progress is not Progress.NONE))
    return " ".join([base, *(f"{base}-{kind}" for kind, holds in kinds if holds)])


def _label(parent: ET.Element, placed: PlacedEdge, label: PlacedLabel) -> None:
    group = ET.SubElement(parent, "g", {"class": _edge_class("sqm-label", placed)})
    _title(group, placed.course.edge.description)
    high = boxes.LABEL_HEIGHT
    frame = _rectangle(label.x - label.width / 2, label.y - high / 2, label.width, high, 4)
    ET.SubElement(group, "rect", {"class": "sqm-label-box", "fill": _PAPER, **frame})
    _text(group, "sqm-label-text", label.text, label.x, label.y + 4, boxes.LINE_SIZE, anchor="middle")


def _address(name: str, steps_page: str) -> str:
    quoted = quote(printable(name), safe="")
    return f"{steps_page}step={quoted}#step-{quoted}" if steps_page else f"#step-{quoted}"


def _box(parent: ET.Element, placed: PlacedBox, steps_page: str) -> None:
    node, box = placed.box.node, placed.box
    step = node.shape is Shape.STEP
    attributes = {"class": _node_class(node)}
    if step:
        attributes |= {"href": _address(node.id, steps_page)}
    else:
        attributes |= {"role": "img"}
    attributes["aria-label"] = printable(node.description)
    group = ET.SubElement(parent, "a" if step else "g", attributes)
    _title(group, node.description)
    radius = 6 if step else box.height / 2
    frame = _rectangle(placed.x, placed.y, box.width, box.height, radius)
    ET.SubElement(group, "rect", {"class": "sqm-box", "fill": _PAPER, "stroke": _INK, **frame})
    glyph = _glyph(node)
    if glyph:
        middle = placed.y + (boxes.SPACE + boxes.NAME_HEIGHT / 2 if step else box.height / 2)
        left = boxes.PADDING if box.name else (box.width - boxes.GLYPH) / 2
        _sign_path(group, "sqm-glyph", glyph, placed.x + left, middle - boxes.GLYPH / 2)
    if box.name:
        _writing(group, placed)


def _writing(group: ET.Element, placed: PlacedBox) -> None:
    box = placed.box
    x = placed.x + box.indent
    y = placed.y + (boxes.SPACE if box.node.shape is Shape.STEP else (box.height - boxes.NAME_HEIGHT) / 2)
    _text(group, "sqm-name", box.name, x, y + 13.5, boxes.NAME_SIZE)
    right = placed.x + box.width - boxes.PADDING
    for i, mark in enumerate(reversed(box.node.marks), start=1):
        place = right - i * (boxes.GLYPH + 2) + 2
        holder = ET.SubElement(group, "g", {"class": f"sqm-mark sqm-mark-{mark.sign.value}"})
        _title(holder, mark.text)
        frame = _rectangle(place, y + 1, boxes.GLYPH, boxes.GLYPH, 2)
        ET.SubElement(holder, "rect", {"class": "sqm-mark-box", "fill": _PAPER, **frame})
        _sign_path(holder, "sqm-mark-sign", glyphs.SIGNS[mark.sign], place, y + 1)
    for i, line in enumerate(box.lines):
        down = y + boxes.NAME_HEIGHT + i * boxes.LINE_HEIGHT
        _text(group, "sqm-line", line, x, down + 12, boxes.LINE_SIZE)
    if box.node.badge:
        _badge(group, box.node.badge, right - box.badge_width, y + boxes.NAME_HEIGHT + 1, box.badge_width)


def _badge(parent: ET.Element, text: str, x: float, y: float, wide: float) -> None:
    group = ET.SubElement(parent, "g", {"class": "sqm-badge"})
    frame = _rectangle(x, y, wide, boxes.LINE_HEIGHT - 1, 7)
    ET.SubElement(group, "rect", {"class": "sqm-badge-box", "fill": _PAPER, "stroke": _INK, **frame})
    _text(group, "sqm-badge-text", text, x + wide / 2, y + 11, boxes.LINE_SIZE, anchor="middle")


def _node_class(node: Node) -> str:
    base = "sqm-node" if node.shape is Shape.STEP else f"sqm-node sqm-node-{node.shape.value}"
    return f"{base} {node.status_class}" if node.status is not None else base


def _glyph(node: Node) -> str:
    if node.shape is Shape.COMPLETE:
        return glyphs.CHECK
    if node.shape is Shape.FAIL:
        return glyphs.CROSS
    match node.status:
        case None:
            return ""
        case StepStatus():
            return glyphs.STATUSES[node.status]
        case Unrecognized():
            return glyphs.UNRECOGNIZED
        case _:
            assert_never(node.status)


def _sign_path(parent: ET.Element, kind: str, data: str, x: float, y: float) -> None:
    attributes = {"class": kind, "d": data, "transform": f"translate({number(x)} {number(y)})"}
    attributes |= {"stroke": _INK, "stroke-width": "1.8"}
    ET.SubElement(parent, "path", {**attributes, "stroke-linecap": "round", "stroke-linejoin": "round"})


def _text(
    parent: ET.Element, kind: str, text: str, x: float, y: float, size: float, *, anchor: str = "start"
) -> None:
    attributes = {"class": kind, "x": number(x), "y": number(y), "font-size": number(size), "fill": _INK}
    if anchor != "start":
        attributes["text-anchor"] = anchor
    ET.SubElement(parent, "text", attributes).text = text


def _title(parent: ET.Element, text: str) -> None:
    ET.SubElement(parent, "title").text = printable(text)


def _rectangle(x: float, y: float, wide: float, high: float, radius: float) -> dict[str, str]:
    numbers = {"x": x, "y": y, "width": wide, "height": high, "rx": radius}
    return {name: number(amount) for name, amount in numbers.items()}
