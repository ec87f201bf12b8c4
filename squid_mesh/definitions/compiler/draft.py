"""A workflow class as collected: everything it says, nothing judged yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from squid_mesh.definitions.blueprint import ERROR, OK, Edge, Join
from squid_mesh.definitions.compiler.graph import Graph
from squid_mesh.definitions.declare.flow import End, Fragment, Link, Node
from squid_mesh.definitions.declare.request import RequestDeclaration
from squid_mesh.definitions.declare.step import StepDeclaration
from squid_mesh.definitions.declare.triggers import TriggerDeclaration
from squid_mesh.definitions.problems import Location, Problem
from squid_mesh.definitions.request import APPROVED, REJECTED, TIMEOUT
from squid_mesh.definitions.values.signature import UNKNOWN, Signature, UnusableSignature, read_signature


@dataclass(frozen=True)
class Draft:
    """What the rules read and what the compiler turns into a blueprint.

    ``after`` holds the links that steps' ``after=`` makes, with the fragments it was written as.
    """

    workflow: str
    cls: type
    location: Location
    steps: Mapping[str, StepDeclaration]
    triggers: Mapping[str, TriggerDeclaration]
    flow: Fragment | None
    after: Mapping[str, Fragment]
    payload_models: Mapping[str, Any]

    def problem(self, text: str, *, step: str | None = None, at: Location | None = None) -> Problem:
        """A problem, worded ``Workflow shop.Order, step 'pay': <text>.``"""
        where = f", step {step!r}" if step else ""
        at = at or (self.steps[step].location if step else self.location)
        sentence = f"Workflow {self.workflow}{where}: {text}."
        return Problem(sentence, self.workflow, step, at.file, at.line)

    def name_of(self, node: Node | End) -> str | None:
        """The name under which this workflow knows a declared object, or None for a foreign one.

        A step that a subclass declares anew takes the place of its base's in an inherited flow.
        """
        if isinstance(node, End):
            return node.name
        for name, declared in self.steps.items():
            if declared is node:
                return name
        if node.owner in self.cls.__mro__:
            return next((name for name in node.names if name in self.steps), None)
        return None

    @cached_property
    def links(self) -> Sequence[Link]:
        """Every edge as written, those of ``flow`` first."""
        found = list(self.flow.links) if self.flow else []
        for name, fragment in self.after.items():
            found.extend(Link(tail, self.steps[name]) for tail in fragment.tails)
        return found

    @cached_property
    def written_edges(self) -> Sequence[Edge]:
        """The edges between known steps, as often as they are written."""
        found = []
        for link in self.links:
            source, target = self.name_of(link.exit.node), self.name_of(link.target)
            if source is not None and target is not None and isinstance(link.exit.outcome, str):
                found.append(_edge(source, link, target))
        return found

    @cached_property
    def edges(self) -> Sequence[Edge]:
        """The edges between known steps, each once."""
        return tuple(dict.fromkeys(self.written_edges))

    @cached_property
    def graph(self) -> Graph:
        """The edges that lead on, with each step's join. A rewind orders nothing."""
        ways = tuple(edge for edge in self.edges if not edge.rewind)
        return Graph(joins={name: self.join(name) for name in self.steps}, edges=ways)

    def join(self, name: str) -> Join:
        """The step's join: as written, else ``all`` for ``after=`` and ``any`` for ``>>``."""
        written = self.steps[name].join
        if written in ("all", "any", "first"):
            return written
        return "all" if name in self.after else "any"

    @cached_property
    def signatures(self) -> Mapping[str, Signature]:
        """The signatures of the steps' code, where it can be read."""
        return _readable({name: declared.target for name, declared in self.steps.items()})

    @cached_property
    def guards(self) -> Mapping[str, Signature]:
        """The signatures of the steps' guards, where they can be read."""
        return _readable({name: d.when for name, d in self.steps.items() if d.when is not None})

    @cached_property
    def requests(self) -> Mapping[str, RequestDeclaration]:
        """What the steps that are held for people ask."""
        return {name: d.request for name, d in self.steps.items() if d.request is not None}

    @cached_property
    def approvals(self) -> Mapping[str, RequestDeclaration]:
        """Those of them that people decide."""
        return {name: request for name, request in self.requests.items() if request.kind == "approval"}

    @cached_property
    def assignees(self) -> Mapping[str, Signature]:
        """The signatures of the approvals' assignee functions, where they can be read."""
        return _readable({k: a.assignee for k, a in self.approvals.items() if a.assignee is not None})

    def returned(self, name: str) -> Any:
        """The type of what a step stores, or ``UNKNOWN``; of an approval it is its form."""
        if name in self.requests:
            return self.requests[name].form
        signature = self.signatures.get(name)
        return UNKNOWN if signature is None else signature.annotation

    def exits(self, name: str) -> Sequence[str]:
        """The exits that people may choose at a step that asks them."""
        if name not in self.approvals:
            return (OK,)
        routed = [edge.outcome for edge in self.edges if edge.source == name]
        known = dict.fromkeys([APPROVED, REJECTED, *self.approvals[name].exits, *routed])
        return tuple(exit for exit in known if exit not in (OK, ERROR, TIMEOUT))


def _edge(source: str, link: Link, target: str) -> Edge:
    """The edge of a link; what a rule objects to in it is left out."""
    recovery, rewind = link.exit.recovery, link.rewind
    return Edge(
        source=source,
        outcome=link.exit.outcome,
        target=target,
        recovery=recovery if recovery in ("compensation", "undo") else None,
        rewind=rewind is not None,
        max_visits=rewind.max_visits if rewind and isinstance(rewind.max_visits, int) else None,
    )


def _readable(targets: Mapping[str, Any]) -> Mapping[str, Signature]:
    found = {}
    for name, target in targets.items():
        try:
            found[name] = read_signature(target)
        except (UnusableSignature, TypeError, AttributeError):
            continue  # the rules about targets say why
    return found
