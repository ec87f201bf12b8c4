"""The compiled workflow: a frozen, JSON-ready graph. The engine reads only this, never the class."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from graphlib import TopologicalSorter
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from squid_mesh.definitions.choices import CatchUp, Join, OnCrash, Overlap, Recovery, TriggerKind
from squid_mesh.definitions.reachability import Paths
from squid_mesh.definitions.retry import RetryPolicy

#: The format of blueprints that this version writes. It reads this one and all earlier ones. A change that an
#: earlier version must not ignore, since it changes what a run does, needs a new number.
FORMAT: Final = 1

OK: Final = "ok"
ERROR: Final = "error"

COMPLETE: Final = "complete"
FAIL: Final = "fail"
#: Targets that are not steps: the path ends successfully, or the run fails.
PSEUDO_TARGETS: Final = frozenset({COMPLETE, FAIL})


class FrozenModel(BaseModel):
    """A value that never changes and rejects unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Edge(FrozenModel):
    """The edge to ``target``, taken if ``source`` ends with ``outcome`` and dead otherwise.

    A ``rewind`` edge goes back: ``target`` and all steps after it get a new visit, at most ``max_visits``.
    """

    source: str
    outcome: str
    target: str
    recovery: Recovery | None = None
    rewind: bool = False
    max_visits: int | None = None


class StepBlueprint(FrozenModel):
    """One step: where its code is, what it reads and writes, how it is retried.

    ``target`` and ``when`` are code paths, ``module:qualified.name``. ``options`` are keyword arguments
    fixed in the definition. ``input`` maps parameters to dotted paths in the state. ``timeout`` is in
    seconds. ``outcomes`` are the labels it may return besides ``ok``. ``checks_key_conflicts`` is True if
    a parallel step may write the same key, which only shows when both have run.
    """

    name: str
    target: str
    options: dict[str, Any] = {}
    input: dict[str, str] = {}
    output: str | None = None
    outcomes: tuple[str, ...] = ()
    join: Join = "any"
    when: str | None = None
    retry: RetryPolicy = RetryPolicy()
    timeout: float | None = None
    irreversible: bool = False
    on_crash: OnCrash = "retry"
    secrets: tuple[str, ...] = ()
    checks_key_conflicts: bool = False


class TriggerBlueprint(FrozenModel):
    """One way to start the workflow. ``secrets`` are the payload paths that are always masked."""

    name: str
    kind: TriggerKind
    cron: str | None = None
    timezone: str | None = None
    catch_up: CatchUp | None = None
    overlap: Overlap | None = None
    secrets: tuple[str, ...] = ()


class Blueprint(FrozenModel):
    """A compiled workflow. Two blueprints with the same fingerprint are the same workflow.

    ``format`` is the version of the structure, see :data:`FORMAT`.
    """

    format: int = FORMAT
    workflow: str
    steps: tuple[StepBlueprint, ...]
    edges: tuple[Edge, ...] = ()
    triggers: tuple[TriggerBlueprint, ...] = ()

    @cached_property
    def fingerprint(self) -> str:
        """The SHA-256 of the canonical JSON: 64 hexadecimal digits."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @cached_property
    def text(self) -> str:
        """The canonical JSON, as it is stored."""
        return self.model_dump_json()

    @cached_property
    def by_name(self) -> Mapping[str, StepBlueprint]:
        """The steps by name, in declaration order."""
        return {step.name: step for step in self.steps}

    @cached_property
    def incoming(self) -> Mapping[str, Sequence[Edge]]:
        """The edges that lead to each step, without rewinds."""
        found: dict[str, list[Edge]] = {step.name: [] for step in self.steps}
        for edge in self.edges:
            if not edge.rewind and edge.target in found:
                found[edge.target].append(edge)
        return {name: tuple(edges) for name, edges in found.items()}

    @cached_property
    def outgoing(self) -> Mapping[str, Sequence[Edge]]:
        """The edges that leave each step, including rewinds and edges to ``complete`` and ``fail``."""
        found: dict[str, list[Edge]] = {step.name: [] for step in self.steps}
        for edge in self.edges:
            if edge.source in found:
                found[edge.source].append(edge)
        return {name: tuple(edges) for name, edges in found.items()}

    @cached_property
    def entries(self) -> Sequence[str]:
        """The steps without incoming edges: a run starts with all of them."""
        return tuple(name for name, edges in self.incoming.items() if not edges)

    @cached_property
    def order(self) -> Sequence[str]:
        """The steps in topological order, rewinds ignored.

        Raises:
            graphlib.CycleError: ``args[1]`` is the cycle's path.
        """
        sorter = TopologicalSorter({name: [e.source for e in edges] for name, edges in self.incoming.items()})
        return tuple(sorter.static_order())

    @cached_property
    def paths(self) -> Paths:
        """Which steps lead to which, along any path without rewinds."""
        sources = {name: [edge.source for edge in self.incoming[name]] for name in self.order}
        return Paths(sources)

    @property
    def ancestors(self) -> Mapping[str, Sequence[str]]:
        """For each step, the steps that a path leads from, in topological order."""
        return self.paths.ancestors

    @cached_property
    def is_sequential(self) -> bool:
        """Whether at most one step of a run is open at any time, and each step runs once."""
        if len(self.entries) != 1 or any(edge.rewind for edge in self.edges):
            return False
        routes = [(edge.source, edge.outcome) for edge in self.edges]
        return len(routes) == len(set(routes))

    def trigger(self, name: str) -> TriggerBlueprint | None:
        """Return the trigger of that name, or None."""
        return next((trigger for trigger in self.triggers if trigger.name == name), None)

    def state_secrets(self, trigger: str) -> tuple[str, ...]:
        """Return the dotted paths in a run's state that its payload and outputs declare as secret."""
        started = self.trigger(trigger)
        paths = list(started.secrets) if started else []
        for step in self.steps:
            prefix = f"{step.output}." if step.output else ""
            paths += [f"{prefix}{path}".removesuffix(".") for path in step.secrets]
        return tuple(paths)
