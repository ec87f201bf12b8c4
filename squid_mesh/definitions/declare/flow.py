"""The ``>>`` algebra: every operand becomes a fragment; composing joins tails to heads."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from squid_mesh.definitions.blueprint import COMPLETE, ERROR, FAIL, OK

Recovery = Literal["compensation", "undo"]

#: How often a run comes to a step that a rewind leads back to, unless the rewind says.
MAX_VISITS: Final = 10


class Flow(ABC):
    """Whatever may stand in a ``flow``: a step, a route of a step, a chain, ``complete`` or ``fail``."""

    @abstractmethod
    def fragment(self) -> Fragment:
        """This operand as heads, tails and links."""

    def __rshift__(self, other: Flow | Sequence[Flow]) -> Fragment:
        return _chain(self, other)

    def __rrshift__(self, other: Sequence[Flow]) -> Fragment:
        return _chain(other, self)


class Node(Flow):
    """A step as it stands in a flow. It learns its name and class when it is assigned in a class body."""

    def __init__(self) -> None:
        self.owner: type | None = None
        self.names: tuple[str, ...] = ()

    def __set_name__(self, owner: type, name: str) -> None:
        if name != "flow":
            self.owner = self.owner or owner
            self.names = (*self.names, name)

    @property
    def name(self) -> str | None:
        """The attribute it was first assigned to."""
        return self.names[0] if self.names else None

    def fragment(self) -> Fragment:
        return Fragment(heads=(self,), tails=(Exit(self, OK),))

    def on(self, label: str) -> Fragment:
        """The route that is taken when this step ends with that outcome."""
        return Fragment(heads=(self,), tails=(Exit(self, label),))

    def on_error(self, *, recovery: Recovery | None = None) -> Fragment:
        """The route that is taken when this step has failed for good."""
        return Fragment(heads=(self,), tails=(Exit(self, ERROR, recovery),))


class End(Flow):
    """A pseudo-target: the path ends here."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name

    def fragment(self) -> Fragment:
        return Fragment(heads=(self,))


#: The path ends here, well.
complete = End(COMPLETE)
#: The run fails here.
fail = End(FAIL)


@dataclass(frozen=True, slots=True)
class Exit:
    """One outcome of a step, from which a route may lead on."""

    node: Node
    outcome: str
    recovery: Recovery | None = None


@dataclass(frozen=True, slots=True)
class Rewind:
    """What is particular about a link that goes back."""

    max_visits: int = MAX_VISITS


@dataclass(frozen=True, slots=True)
class Link:
    """An edge between declared objects, not yet between names."""

    exit: Exit
    target: Node | End
    rewind: Rewind | None = None


@dataclass(frozen=True, eq=False)
class Fragment(Flow):
    """A piece of a flow: where it is entered, where it is left, and the links inside.

    ``faults`` are half sentences about operands that don't belong in a flow.
    """

    heads: tuple[Node | End, ...] = ()
    tails: tuple[Exit, ...] = ()
    links: tuple[Link, ...] = ()
    faults: tuple[str, ...] = ()

    def fragment(self) -> Fragment:
        return self

    @property
    def nodes(self) -> Sequence[Node]:
        """Every step in it, each once."""
        targets = (*self.heads, *(link.target for link in self.links))
        sources = (link.exit.node for link in self.links)
        found = (*(target for target in targets if isinstance(target, Node)), *sources)
        return tuple({id(node): node for node in found}.values())

    def rewind(self, target: Node, *, max_visits: int = MAX_VISITS) -> Fragment:
        """Go back to an earlier step: it and all that follows it run again, as a new visit.

        Nothing comes after it in a chain. A run that has come to the target ``max_visits`` times fails
        instead of going back once more.
        """
        faults = self.faults if self.tails else (*self.faults, _NOTHING_FOLLOWS)
        given: object = target
        if not isinstance(given, Node):
            faults = (*faults, f"rewinds to {target!r}, which is no step; name the step to go back to")
            return Fragment(heads=self.heads, links=self.links, faults=faults)
        back = Rewind(max_visits)
        links = (*self.links, *(Link(tail, target, back) for tail in self.tails))
        return Fragment(heads=self.heads, links=links, faults=faults)


_NOTHING_FOLLOWS: Final = "goes on after complete, fail or a rewind; end the chain there"


def as_fragment(operand: object) -> Fragment:
    """Any operand as a fragment; a list is its members side by side."""
    if isinstance(operand, Flow):
        return operand.fragment()
    if not isinstance(operand, list | tuple):
        return Fragment(faults=(f"holds {operand!r}, which is no step; declare it with step(...)",))
    if not operand:
        return Fragment(faults=("holds an empty list; name the steps that go on",))
    parts = [as_fragment(member) for member in operand]
    return Fragment(
        heads=tuple(head for part in parts for head in part.heads),
        tails=tuple(tail for part in parts for tail in part.tails),
        links=tuple(link for part in parts for link in part.links),
        faults=tuple(fault for part in parts for fault in part.faults),
    )


def _chain(left: object, right: object) -> Fragment:
    before, after = as_fragment(left), as_fragment(right)
    faults = before.faults + after.faults
    if before.heads and not before.tails:
        faults += (_NOTHING_FOLLOWS,)
    return Fragment(
        heads=before.heads,
        tails=after.tails,
        links=(
            *before.links,
            *(Link(tail, head) for tail in before.tails for head in after.heads),
            *after.links,
        ),
        faults=faults,
    )
