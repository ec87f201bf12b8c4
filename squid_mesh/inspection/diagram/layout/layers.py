"""The layer of each node, and the places at which long edges pass through the layers between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import TopologicalSorter

from squid_mesh.inspection.diagram.drawing import Drawing, DrawnEdge


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a layer: a node's, or one that an edge passes through, which may have its label."""

    index: int
    layer: int
    node: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """An edge from layer to layer, always downwards. ``slots`` are indices, those of its ends included."""

    edge: DrawnEdge
    slots: tuple[int, ...]


@dataclass
class Layering:
    """Nodes are in even layers, labels in odd ones. A lane has one slot in each layer that it crosses.

    Layers that would be empty don't exist: ``layers`` counts on without them.
    """

    slots: list[Slot] = field(default_factory=list)
    layers: list[list[int]] = field(default_factory=list)
    lanes: list[Lane] = field(default_factory=list)
    place: dict[str, int] = field(default_factory=dict)

    def add(self, layer: int, *, node: str = "", label: str = "") -> int:
        """Add a slot at the end of that layer, and return its index."""
        index = len(self.slots)
        self.slots.append(Slot(index, layer, node, label))
        self.layers[layer].append(index)
        if node:
            self.place[node] = index
        return index


def assign_layers(drawing: Drawing) -> Layering:
    """Return the drawing in layers: each edge leads to a later layer, rewinds to an earlier one.

    After Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical system structures".
    """
    level = _levels(drawing)
    labelled = {_label_level(edge, level) for edge in drawing.edges if edge.label}
    levels = sorted({*level.values(), *labelled})
    number = {level: i for i, level in enumerate(levels)}
    found = Layering(layers=[[] for _ in levels])
    for node in drawing.nodes:
        found.add(number[level[node.id]], node=node.id)
    for edge in drawing.edges:
        found.lanes.append(_lane(edge, level, number, found))
    return found


def _lane(edge: DrawnEdge, level: Mapping[str, int], number: Mapping[int, int], found: Layering) -> Lane:
    first, last = (edge.target, edge.source) if edge.back else (edge.source, edge.target)
    label = number[_label_level(edge, level)] if edge.label else None
    between = range(number[level[first]] + 1, number[level[last]])
    middle = [found.add(layer, label=edge.label if layer == label else "") for layer in between]
    return Lane(edge, (found.place[first], *middle, found.place[last]))


def _label_level(edge: DrawnEdge, level: Mapping[str, int]) -> int:
    """Return the layer of a label: next to the step whose outcome it is."""
    return level[edge.source] + (-1 if edge.back else 1)


def _levels(drawing: Drawing) -> dict[str, int]:
    """Return the longest path to each node, doubled so that there is room for labels between."""
    sources: dict[str, list[str]] = {node.id: [] for node in drawing.nodes}
    for edge in drawing.edges:
        if not edge.back:
            sources[edge.target].append(edge.source)
    order = tuple(TopologicalSorter(sources).static_order())
    level: dict[str, int] = {}
    for name in order:
        level[name] = max((level[source] + 2 for source in sources[name]), default=0)
    return _tighten(level, order, sources)


def _tighten(level: dict[str, int], order: Sequence[str], sources: Mapping[str, list[str]]) -> dict[str, int]:
    """Return the levels, with nodes moved down if that shortens more edges than it lengthens."""
    targets: dict[str, list[str]] = {name: [] for name in level}
    for name, before in sources.items():
        for source in before:
            targets[source].append(name)
    for name in reversed(order):
        if sources[name] and len(targets[name]) > len(sources[name]):
            level[name] = min(level[target] for target in targets[name]) - 2
    return level
