"""The ``>>`` operator: it turns both operands into fragments and links their tails and heads."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from squid_mesh.definitions.blueprint import COMPLETE, ERROR, FAIL, OK
from squid_mesh.definitions.choices import Recovery

#: How often a run may reach the target of a rewind, unless the rewind sets ``max_visits``.
MAX_VISITS: Final = 10


class Flow(ABC):
    """A part of a ``flow``: a step, a route of a step, a chain, ``complete`` or ``fail``."""

    @abstractmethod
    def fragment(self) -> Fragment:
        """Return this operand as heads, tails and links."""

    def __rshift__(self, other: Flow | Sequence[Flow]) -> Fragment:
        return _link(self, other)

    def __rrshift__(self, other: Sequence[Flow]) -> Fragment:
        return _link(other, self)


class Node(Flow):
    """A step in a flow. Python sets its name and class when it is assigned in a class body."""

    def __init__(self) -> None:
        self.owner: type | None = None
        self.names: tuple[str, ...] = ()

    def __set_name__(self, owner: type, name: str) -> None:
        if name != "flow":
            self.owner = self.owner or owner
            self.names = (*self.names, name)

    @property
    def name(self) -> str | None:
        """The first attribute it was assigned to."""
        return self.names[0] if self.names else None

    def fragment(self) -> Fragment:
        return Fragment(heads=(self,), tails=(Exit(self, OK),))

    def on(self, label: str, *further: str) -> Fragment:
        """Return the route taken if this step ends with that outcome. A rule rejects further labels."""
        outcome: Any = (label, *further) if further else label
        return Fragment(heads=(self,), tails=(Exit(self, outcome),))

    def rewind(self, target: Node, *, max_visits: int = MAX_VISITS) -> Fragment:
        """Go back to an earlier step whenever this step completes, as :meth:`Fragment.rewind` does."""
        return self.fragment().rewind(target, max_visits=max_visits)

    def on_error(self, *, recovery: Recovery | None = None) -> Fragment:
        """Return the route taken if this step fails and has no attempts left."""
        return Fragment(heads=(self,), tails=(Exit(self, ERROR, recovery),))


class End(Flow):
    """``complete`` or ``fail``: an end of a path, not a step."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name

    def fragment(self) -> Fragment:
        return Fragment(heads=(self,))


#: The path ends here successfully.
complete = End(COMPLETE)
#: The run fails here.
fail = End(FAIL)


@dataclass(frozen=True, slots=True)
class Exit:
    """One outcome of a step: the start of a route."""

    node: Node
    outcome: str
    recovery: Recovery | None = None


@dataclass(frozen=True, slots=True)
class Rewind:
    """The options of a link that goes back."""

    max_visits: int = MAX_VISITS


@dataclass(frozen=True, slots=True)
class Link:
    """An edge between declarations, whose names are not known yet."""

    exit: Exit
    target: Node | End
    rewind: Rewind | None = None


@dataclass(frozen=True, eq=False)
class Fragment(Flow):
    """A part of a flow: the steps it starts with, the exits it ends with, and the links inside.

    ``errors`` are half sentences about operands that don't belong in a flow.
    """

    heads: tuple[Node | End, ...] = ()
    tails: tuple[Exit, ...] = ()
    links: tuple[Link, ...] = ()
    errors: tuple[str, ...] = ()

    def fragment(self) -> Fragment:
        return self

    @property
    def nodes(self) -> Sequence[Node]:
        """Every step in this part, each once."""
        targets = (*self.heads, *(link.target for link in self.links))
        sources = (link.exit.node for link in self.links)
        found = (*(target for target in targets if isinstance(target, Node)), *sources)
        return tuple({id(node): node for node in found}.values())

    def rewind(self, target: Node, *, max_visits: int = MAX_VISITS) -> Fragment:
        """Go back to an earlier step: that step and all steps after it run again, in a new visit.

        A rewind ends its chain. A run that has reached the target ``max_visits`` times fails instead of
        going back again.
        """
        errors = self.errors if self.tails else (*self.errors, _NOTHING_FOLLOWS)
        given: object = target
        if not isinstance(given, Node):
            fix = _fix_operand(given) if isinstance(given, str) else "pass the step to go back to"
            errors = (*errors, f"rewinds to {target!r}, which is not a step; {fix}")
            return Fragment(heads=self.heads, links=self.links, errors=errors)
        back = Rewind(max_visits)
        links = (*self.links, *(Link(tail, target, back) for tail in self.tails))
        return Fragment(heads=self.heads, links=links, errors=errors)


_NOTHING_FOLLOWS: Final = "continues after complete, fail or a rewind; end the chain there"


def to_fragment(operand: object) -> Fragment:
    """Return any operand as a fragment. The members of a list are parallel."""
    if isinstance(operand, Flow):
        return operand.fragment()
    if not isinstance(operand, list | tuple):
        return Fragment(errors=(f"contains {operand!r}, which is not a step; {_fix_operand(operand)}",))
    if not operand:
        return Fragment(errors=("contains an empty list; add steps to it or remove it",))
    parts = [to_fragment(member) for member in operand]
    return Fragment(
        heads=tuple(head for part in parts for head in part.heads),
        tails=tuple(tail for part in parts for tail in part.tails),
        links=tuple(link for part in parts for link in part.links),
        errors=tuple(error for part in parts for error in part.errors),
    )


_DECLARE: Final = "declare it with step(...)"
_UNQUOTE: Final = "write the attribute {} without quotes, so that it is the step itself"


def _fix_operand(operand: object) -> str:
    if isinstance(operand, str):
        return _UNQUOTE.format(operand) if operand.isidentifier() else _DECLARE
    if inspect.isroutine(operand) or inspect.isclass(operand):
        name = getattr(operand, "__name__", "it")
        return f"declare an attribute {name} = step({name}) and use that"
    return _DECLARE


def _link(left: object, right: object) -> Fragment:
    before, after = to_fragment(left), to_fragment(right)
    errors = before.errors + after.errors
    if before.heads and not before.tails:
        errors += (_NOTHING_FOLLOWS,)
    return Fragment(
        heads=before.heads,
        tails=after.tails,
        links=(
            *before.links,
            *(Link(tail, head) for tail in before.tails for head in after.heads),
            *after.links,
        ),
        errors=errors,
    )
