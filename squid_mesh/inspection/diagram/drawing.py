"""What is drawn, before it has a place or a format: nodes and the ways between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final

from squid_mesh.lifecycle import StepStatus, Unrecognized

#: Ids of the nodes that are no steps. No step can be named so. An end of one step alone has its name behind.
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
    """What is to be known of a step: that it ships with the product, and how it is guarded."""

    WAIT = "wait"
    LOG = "log"
    PAUSE = "pause"
    APPROVAL = "approval"
    GUARD = "guard"
    ALL = "all"
    FIRST = "first"
    IRREVERSIBLE = "irreversible"


class Progress(StrEnum):
    """What a run has made of a way; ``none`` where there is no run."""

    NONE = "none"
    OPEN = "open"
    TAKEN = "taken"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Mark:
    """A sign, and the sentence that explains it."""

    sign: Sign
    text: str


@dataclass(frozen=True, slots=True)
class Node:
    """A step, the start, or an end.

    ``lines`` stand under the name; ``badge`` is a short word on the corner; ``told`` is all of it as one
    phrase, for those who don't see the picture. ``status`` is None where no run is drawn. Only ends may be
    without a name.
    """

    id: str
    name: str
    told: str
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
class Way:
    """An edge from node to node. ``back``: it is a rewind.

    ``label`` is empty where ``ok`` goes without saying. ``outcomes`` are those of its source on which it is
    taken. ``recovery`` is ``compensation`` or ``undo`` where it leads to that.
    """

    source: str
    target: str
    told: str
    label: str = ""
    outcomes: tuple[str, ...] = ()
    recovery: str = ""
    error: bool = False
    back: bool = False
    progress: Progress = Progress.NONE


@dataclass(frozen=True)
class Drawing:
    """A workflow's graph or a run's. At most one way leads from a node to another in each direction.

    The ways that are not ``back`` make no circle, and each node has the start before it.
    """

    title: str
    nodes: tuple[Node, ...]
    ways: tuple[Way, ...]

    @cached_property
    def by_id(self) -> Mapping[str, Node]:
        """The nodes by id, in their order."""
        return {node.id: node for node in self.nodes}
