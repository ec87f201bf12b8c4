"""Which actions are legal now: pure rules, shared by the engine and by explanations.

Nothing here reads a row or raises. The engine applies the rules under the run's lock and rejects what they
don't list. :mod:`squid_mesh.authority` decides who may act.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from squid_mesh.actions.specs import SPECS, Action
from squid_mesh.definitions.blueprint import ERROR, OK, Blueprint
from squid_mesh.definitions.request import read_request
from squid_mesh.graph.ended import fails_run
from squid_mesh.graph.rewind import find_repeated, may_repeat
from squid_mesh.lifecycle import ACTIVE_RUN, RunStatus, StepStatus, StoredRunStatus, StoredStepStatus


class StepFacts(Protocol):
    """What the rules need to know about one visit of a step: a row or a snapshot of it."""

    @property
    def name(self) -> str:
        """The step."""

    @property
    def status(self) -> StoredStepStatus:
        """Its status."""

    @property
    def waiting_for(self) -> str | None:
        """What it waits for, if it waits."""

    @property
    def outcome(self) -> str:
        """The outcome that it ended with."""

    @property
    def crashes(self) -> int:
        """How many of its workers died."""

    @property
    def request(self) -> Mapping[str, Any] | None:
        """What it asks of people."""

    @property
    def current(self) -> bool:
        """Whether no later visit has replaced it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalAction:
    """An action that is legal now. ``step`` is empty if it acts on the run.

    ``exits`` are the choices: the exits of an approval, or the outcomes of a step that is resolved.
    ``irreversible`` are the irreversible steps that it would repeat: it needs ``allow_irreversible=True``.
    """

    action: Action
    step: str = ""
    exits: tuple[str, ...] = ()
    irreversible: tuple[str, ...] = ()


def list_step_actions(
    run: StoredRunStatus, step: StoredStepStatus, waiting_for: str | None
) -> tuple[Action, ...]:
    """Return what is legal for a step that waits, except its rewind, by its status and its run's."""
    reopens = step is StepStatus.UNKNOWN and run in (RunStatus.FAILED, RunStatus.COMPLETED)
    return _by_state(step, waiting_for) if run in ACTIVE_RUN or reopens else ()


def list_legal_actions(
    status: StoredRunStatus, steps: Iterable[StepFacts], blueprint: Blueprint
) -> list[LegalAction]:
    """Return everything that is legal now: actions on the run, then on its steps in the graph's order.

    ``steps`` are all visits. An action on a step reopens a failed or completed run; a cancelled run is never
    reopened.
    """
    visits = list(steps)
    current = {step.name: step for step in visits if step.current}
    found = [
        LegalAction(
            action=action,
            irreversible=find_repeated(visits, blueprint) if action is Action.REPLAY else (),
        )
        for action, spec in SPECS.items()
        if status in spec.run_statuses
    ]
    if status in ACTIVE_RUN or status in (RunStatus.FAILED, RunStatus.COMPLETED):
        rewinds = _Rewinds(current, blueprint)
        for name in blueprint.order:
            if name in current:
                found += _on_step(status, current[name], blueprint, rewinds)
    return found


def _by_state(step: StoredStepStatus, waiting_for: str | None) -> tuple[Action, ...]:
    return tuple(action for action, spec in SPECS.items() if (step, waiting_for or "") in spec.step_states)


def _on_step(
    status: StoredRunStatus, step: StepFacts, blueprint: Blueprint, rewinds: _Rewinds
) -> Iterator[LegalAction]:
    legal = _by_state(step.status, step.waiting_for)
    if step.status is StepStatus.FAILED and fails_run(blueprint, step.name, step.outcome):
        legal = tuple(action for action, spec in SPECS.items() if spec.fixes_failure)
    elif status not in ACTIVE_RUN and step.status is not StepStatus.UNKNOWN:
        legal = ()
    for action in legal:
        yield LegalAction(
            action=action,
            step=step.name,
            exits=_exits(action, step, blueprint),
            irreversible=find_repeated([step], blueprint) if action is Action.RETRY else (),
        )
    if step.status is not StepStatus.SKIPPED:
        yield from rewinds.list_actions(step.name)


class _Rewinds:
    """Which rewinds are legal. The steps after a step are compared as bits, because there may be many."""

    def __init__(self, current: Mapping[str, StepFacts], blueprint: Blueprint) -> None:
        steps = current.values()
        self._paths = blueprint.paths
        self._running = self._paths.bits_of(s.name for s in steps if s.status is StepStatus.RUNNING)
        self._repeated = self._paths.bits_of(s.name for s in steps if may_repeat(s, blueprint))

    def list_actions(self, name: str) -> Iterator[LegalAction]:
        """Yield the rewind to that step, unless it or a step after it is running."""
        again = self._paths.downstream(name)
        if not again & self._running:
            irreversible = self._paths.names_of(again & self._repeated)
            yield LegalAction(action=Action.REWIND, step=name, irreversible=irreversible)


def _exits(action: Action, step: StepFacts, blueprint: Blueprint) -> tuple[str, ...]:
    if action is Action.DECIDE:
        asked = read_request(step.request)
        return () if asked is None else asked.exits
    if action is not Action.RESOLVE:
        return ()
    failed = () if step.status is StepStatus.FAILED else (ERROR,)
    return (OK, *blueprint.by_name[step.name].outcomes, *failed)
