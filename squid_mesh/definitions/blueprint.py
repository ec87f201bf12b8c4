"""The compiled workflow: a frozen, JSON-ready graph, which is all that the engine ever reads."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from graphlib import TopologicalSorter
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict

from squid_mesh.definitions.retry import RetryPolicy

#: The format of blueprints that this version writes. It reads this one and all earlier ones. A change that an
#: earlier version must not ignore, since it changes what a run does, needs a new number.
FORMAT: Final = 1

OK: Final = "ok"
ERROR: Final = "error"

Join = Literal["all", "any", "first"]
CatchUp = Literal["none", "latest", "all"]
Overlap = Literal["allow", "skip"]
COMPLETE: Final = "complete"
FAIL: Final = "fail"
#: Targets that are no steps: the path ends here well, or the run fails.
PSEUDO_TARGETS: Final = frozenset({COMPLETE, FAIL})


class FrozenModel(BaseModel):
    """A value that never changes and refuses fields it doesn't know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Edge(FrozenModel):
    """When ``source`` ends with ``outcome``, the way to ``target`` is taken; else it is dead.

    A ``rewind`` goes back: ``target`` and all that follows it get a new visit, ``max_visits`` at most.
    """

    source: str
    outcome: str
    target: str
    recovery: Literal["compensation", "undo"] | None = None
    rewind: bool = False
    max_visits: int | None = None


class StepBlueprint(FrozenModel):
    """One step: where its code is, what it reads and writes, how it is retried.

    ``target`` and ``when`` are dotted paths, ``module:qualified.name``. ``options`` are keyword arguments
    fixed in the definition. ``input`` maps parameters to dotted paths in the state. ``timeout`` is in
    seconds. ``outcomes`` are the labels it may return beside ``ok``. ``guarded`` steps may write a key
    that a parallel step writes too, which can only be seen when they run.
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
    on_crash: Literal["retry", "pause"] = "retry"
    secrets: tuple[str, ...] = ()
    checks_key_conflicts: bool = False


class TriggerBlueprint(FrozenModel):
    """One way to start the workflow. ``secrets`` are the payload paths that are always masked."""

    name: str
    kind: Literal["manual", "cron"]
    cron: str | None = None
    timezone: str | None = None
    catch_up: CatchUp | None = None
    overlap: Overlap | None = None
    secrets: tuple[str, ...] = ()


class Blueprint(FrozenModel):
    """A whole workflow, compiled. Two blueprints with one fingerprint are the same workflow.

    ``format`` is the version of the structure, see :data:`FORMAT`.
    """

    format: int = FORMAT
    workflow: str
    steps: tuple[StepBlueprint, ...]
    edges: tuple[Edge, ...] = ()
    triggers: tuple[TriggerBlueprint, ...] = ()

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the canonical JSON: 64 hexadecimal digits."""
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
        """The edges that lead on to each step: no rewinds."""
        ways = [edge for edge in self.edges if not edge.rewind]
        return {s.name: tuple(e for e in ways if e.target == s.name) for s in self.steps}

    @cached_property
    def outgoing(self) -> Mapping[str, Sequence[Edge]]:
        """The edges that leave each step, those to pseudo-targets and rewinds included."""
        return {s.name: tuple(e for e in self.edges if e.source == s.name) for s in self.steps}

    @cached_property
    def entries(self) -> Sequence[str]:
        """The steps that no edge leads to: a run starts with all of them."""
        return tuple(name for name, edges in self.incoming.items() if not edges)

    @cached_property
    def order(self) -> Sequence[str]:
        """The steps in an order in which no edge leads back, rewinds aside.

        Raises:
            graphlib.CycleError: ``args[1]`` is the cycle's path.
        """
        sorter = TopologicalSorter({name: [e.source for e in edges] for name, edges in self.incoming.items()})
        return tuple(sorter.static_order())

    @cached_property
    def ancestors(self) -> Mapping[str, Sequence[str]]:
        """For each step the steps that some path leads from, in topological order."""
        position = {name: i for i, name in enumerate(self.order)}
        found: dict[str, set[str]] = {}
        for name in self.order:
            sources = {edge.source for edge in self.incoming[name]}
            found[name] = sources.union(*(found[source] for source in sources))
        return {name: tuple(sorted(names, key=position.__getitem__)) for name, names in found.items()}

    @cached_property
    def is_sequential(self) -> bool:
        """Whether at most one step of a run can ever be open at a time, each of them once."""
        if len(self.entries) != 1 or any(edge.rewind for edge in self.edges):
            return False
        ways = [(edge.source, edge.outcome) for edge in self.edges]
        return len(ways) == len(set(ways))

    def trigger(self, name: str) -> TriggerBlueprint | None:
        """The trigger of that name, if there is one."""
        return next((trigger for trigger in self.triggers if trigger.name == name), None)

    def state_secrets(self, trigger: str) -> tuple[str, ...]:
        """Dotted paths in the state of a run of that trigger: what payload and outputs declare as secret."""
        started = self.trigger(trigger)
        paths = list(started.secrets) if started else []
        for step in self.steps:
            prefix = f"{step.output}." if step.output else ""
            paths += [f"{prefix}{path}".removesuffix(".") for path in step.secrets]
        return tuple(paths)
