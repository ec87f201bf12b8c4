"""What a diagram shows, before layout and format: nodes, and the edges between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final

from squid_mesh.lifecycle import StepStatus, Unrecognized

#: Ids of the nodes that are not steps; no step can have such a name. A step's own end has its name appended.
START: Final = ":start"
COMPLETED: Final = ":complete"
FAILED: Final = ":fail"


class Shape(StrEnum):
    """What a node is."""

    STEP = "step"
    START = "start"
    COMPLETE = "complete"
    FAIL = "fail"


class Sign(StrEnum):
    """What a small sign at a step says: which built-in step it is, or a rule that applies to it."""

    WAIT = "wait"
    LOG = "log"
    PAUSE = "pause"
    APPROVAL = "approval"
    GUARD = "guard"
    ALL = "all"
    FIRST = "first"
    IRREVERSIBLE = "irreversible"


class Progress(StrEnum):
    """Whether a run has taken an edge; ``none`` in the diagram of a workflow."""

    NONE = "none"
    OPEN = "open"
    TAKEN = "taken"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Mark:
    """A sign, and the text that explains it."""

    sign: Sign
    text: str


@dataclass(frozen=True, slots=True)
class Node:
    """A step, the start, or an end.

    ``lines`` are shown under the name, ``badge`` at the right; ``description`` says all of it in one phrase,
    for screen readers and tooltips. ``status`` is None in the diagram of a workflow. Only ends may have an
    empty name.
    """

    id: str
    name: str
    description: str
    shape: Shape = Shape.STEP
    marks: tuple[Mark, ...] = ()
    status: StepStatus | Unrecognized | None = None
    lines: tuple[str, ...] = ()
    badge: str = ""

    @property
    def status_class(self) -> str:
        """The CSS class of its status; empty where no run is drawn."""
        if self.status is None:
            return ""
        known = isinstance(self.status, StepStatus)
        return f"sqm-status-{self.status.value}" if known else "sqm-status-unrecognized"


@dataclass(frozen=True, slots=True)
class DrawnEdge:
    """An edge from node to node. ``back``: it is a rewind.

    ``label`` is empty for a plain ``ok``. ``outcomes`` are those of its source on which it is taken.
    ``recovery`` is ``compensation`` or ``undo`` if it leads to that.
    """

    source: str
    target: str
    description: str
    label: str = ""
    outcomes: tuple[str, ...] = ()
    recovery: str = ""
    error: bool = False
    back: bool = False
    progress: Progress = Progress.NONE


@dataclass(frozen=True)
class Drawing:
    """The graph of a workflow or a run. Between two nodes there is at most one edge in each direction.

    The edges that are not ``back`` form no cycle, and each node can be reached from the start. ``steps_page``
    is the address of the page with the steps, up to the query; empty if they are on the same page.
    """

    title: str
    nodes: tuple[Node, ...]
    edges: tuple[DrawnEdge, ...]
    steps_page: str = ""

    @cached_property
    def by_id(self) -> Mapping[str, Node]:
        """The nodes by id, in their order."""
        return {node.id: node for node in self.nodes}
