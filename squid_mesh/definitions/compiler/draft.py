"""A workflow class as collected: everything it declares, not yet checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from squid_mesh.definitions.blueprint import ERROR, OK, Edge
from squid_mesh.definitions.choices import JOINS, RECOVERIES, Join
from squid_mesh.definitions.compiler.graph import Graph
from squid_mesh.definitions.declare.flow import End, Fragment, Link, Node
from squid_mesh.definitions.declare.request import RequestDeclaration
from squid_mesh.definitions.declare.step import StepDeclaration
from squid_mesh.definitions.declare.triggers import TriggerDeclaration
from squid_mesh.definitions.problems import Location, Problem
from squid_mesh.definitions.request import APPROVED, REJECTED, TIMEOUT
from squid_mesh.definitions.values.signature import UNKNOWN, Signature, UnusableSignature, read_signature
from squid_mesh.printable import escape_controls


@dataclass(frozen=True)
class Draft:
    """What the rules check and the compiler turns into a blueprint.

    ``after`` holds the ``after=`` of each step that has one, as a fragment. ``shadowed`` are attributes of
    the class body that have the names of this package's own.
    """

    workflow: str
    cls: type
    location: Location
    steps: Mapping[str, StepDeclaration]
    triggers: Mapping[str, TriggerDeclaration]
    flow: Fragment | None
    after: Mapping[str, Fragment]
    payload_models: Mapping[str, Any]
    shadowed: Sequence[str] = ()

    def problem(self, text: str, *, step: str | None = None, at: Location | None = None) -> Problem:
        """Return a problem with the message ``Workflow shop.Order, step 'pay': <text>.``"""
        where = f", step {step!r}" if step else ""
        at = at or (self.steps[step].location if step else self.location)
        message = f"Workflow {escape_controls(self.workflow)}{where}: {text}."
        return Problem(message, self.workflow, step, at.file, at.line)

    def name_of(self, node: Node | End) -> str | None:
        """Return the name of a declaration in this workflow, or None if it belongs to another class.

        In an inherited flow, a step that the subclass redefines replaces the step of the base class.
        """
        if isinstance(node, End):
            return node.name
        if (name := self._names.get(id(node))) is not None:
            return name
        if node.owner in self.cls.__mro__:
            return next((name for name in node.names if name in self.steps), None)
        return None

    @cached_property
    def _names(self) -> Mapping[int, str]:
        """The name of each declaration, by its identity; the first one, if it has several."""
        found: dict[int, str] = {}
        for name, declared in self.steps.items():
            found.setdefault(id(declared), name)
        return found

    @cached_property
    def links(self) -> Sequence[Link]:
        """Every link as written, those of ``flow`` first."""
        found = list(self.flow.links) if self.flow else []
        for name, fragment in self.after.items():
            found.extend(Link(tail, self.steps[name]) for tail in fragment.tails)
        return found

    @cached_property
    def written_edges(self) -> Sequence[Edge]:
        """The edges between known steps, including those written twice."""
        found = []
        for link in self.links:
            source, target = self.name_of(link.exit.node), self.name_of(link.target)
            if source is not None and target is not None and isinstance(link.exit.outcome, str):
                found.append(_make_edge(source, link, target))
        return found

    @cached_property
    def edges(self) -> Sequence[Edge]:
        """The edges between known steps, each once."""
        return tuple(dict.fromkeys(self.written_edges))

    @cached_property
    def routed(self) -> Mapping[str, Sequence[str]]:
        """The outcomes of each step that an edge takes."""
        found: dict[str, list[str]] = {name: [] for name in self.steps}
        for edge in self.edges:
            found[edge.source].append(edge.outcome)
        return found

    @cached_property
    def graph(self) -> Graph:
        """The edges without rewinds, with each step's join."""
        forward = tuple(edge for edge in self.edges if not edge.rewind)
        return Graph(joins={name: self.join(name) for name in self.steps}, edges=forward)

    def join(self, name: str) -> Join:
        """Return the step's join: as written, else ``all`` with ``after=`` and ``any`` with ``>>``."""
        written = self.steps[name].join
        if written is not None and written in JOINS:
            return written
        return "all" if name in self.after else "any"

    @cached_property
    def signatures(self) -> Mapping[str, Signature]:
        """The readable signatures of the steps' functions."""
        return _read_signatures({name: declared.target for name, declared in self.steps.items()})

    @cached_property
    def guards(self) -> Mapping[str, Signature]:
        """The signatures of the guards (``when=``) that can be read."""
        return _read_signatures({name: d.when for name, d in self.steps.items() if d.when is not None})

    @cached_property
    def requests(self) -> Mapping[str, RequestDeclaration]:
        """The requests of the steps that wait for people, by step."""
        return {name: d.request for name, d in self.steps.items() if d.request is not None}

    @cached_property
    def approvals(self) -> Mapping[str, RequestDeclaration]:
        """The requests of the approvals, by step."""
        return {name: request for name, request in self.requests.items() if request.kind == "approval"}

    @cached_property
    def assignees(self) -> Mapping[str, Signature]:
        """The signatures of the assignee functions that can be read."""
        return _read_signatures({k: a.assignee for k, a in self.approvals.items() if a.assignee is not None})

    def return_type(self, name: str) -> Any:
        """Return the type of a step's output, or ``UNKNOWN``. The output of an approval is its form."""
        if name in self.requests:
            return self.requests[name].form
        signature = self.signatures.get(name)
        return UNKNOWN if signature is None else signature.annotation

    def exits(self, name: str) -> Sequence[str]:
        """Return the exits that people may choose at this step."""
        if name not in self.approvals:
            return (OK,)
        known = dict.fromkeys([APPROVED, REJECTED, *self.approvals[name].exits, *self.routed[name]])
        return tuple(exit for exit in known if exit not in (OK, ERROR, TIMEOUT))


def _make_edge(source: str, link: Link, target: str) -> Edge:
    """Return the edge of a link. Invalid arguments are left out; a rule reports them."""
    recovery, rewind = link.exit.recovery, link.rewind
    return Edge(
        source=source,
        outcome=link.exit.outcome,
        target=target,
        recovery=recovery if recovery in RECOVERIES else None,
        rewind=rewind is not None,
        max_visits=rewind.max_visits if rewind and isinstance(rewind.max_visits, int) else None,
    )


def _read_signatures(targets: Mapping[str, Any]) -> Mapping[str, Signature]:
    found = {}
    for name, target in targets.items():
        try:
            found[name] = read_signature(target)
        except (UnusableSignature, TypeError, AttributeError):
            continue  # a rule about targets reports it
    return found
