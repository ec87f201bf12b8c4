"""What people may do to a run now: pure rules, shared by what changes runs and what explains them.

Nothing here reads a row or raises. The engine asks under the run's lock and refuses what isn't here;
explanations say it. Who may do it is :mod:`squid_mesh.authority`'s to tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Protocol

from squid_mesh.definitions.blueprint import ERROR, OK, Blueprint
from squid_mesh.graph.ended import fails_run
from squid_mesh.graph.rewind import find_downstream, find_repeated
from squid_mesh.lifecycle import (
    ACTIVE_RUN,
    FINISHED_RUN,
    RunStatus,
    StepStatus,
    StoredRunStatus,
    StoredStepStatus,
    WaitingFor,
)


class Action(StrEnum):
    """What a person does to a run; the value is the codename of its permission."""

    CANCEL = "cancel_run"
    COMMENT = "comment_run"
    REPLAY = "replay_run"
    UNBLOCK = "unblock_run"
    DECIDE = "decide_run"
    RETRY = "retry_step"
    SKIP = "skip_step"
    RESOLVE = "resolve_step"
    REWIND = "rewind_run"


class StepFacts(Protocol):
    """What the rules need to know of one visit of a step: a row or a snapshot of it."""

    @property
    def name(self) -> str:
        """The step."""

    @property
    def status(self) -> StoredStepStatus:
        """Its status."""

    @property
    def waiting_for(self) -> str | None:
        """Why it isn't over."""

    @property
    def outcome(self) -> str:
        """The label that it ended with."""

    @property
    def crashes(self) -> int:
        """How many workers it has lost."""

    @property
    def request(self) -> Mapping[str, Any] | None:
        """What it asks of a person."""

    @property
    def current(self) -> bool:
        """Whether no later visit has taken its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Possible:
    """An action that is legal now. ``step`` is empty where it is the run's.

    ``exits`` are what can be chosen: those of an approval, or the outcomes of a resolved step.
    ``irreversible`` are the steps that it would repeat, which needs ``allow_irreversible=True``.
    """

    action: Action
    step: str = ""
    exits: tuple[str, ...] = ()
    irreversible: tuple[str, ...] = ()


_REMEDIES: Final = (Action.RETRY, Action.SKIP, Action.RESOLVE)
#: What is legal for a held step, by its status and what it waits for.
_HELD: Final[Mapping[tuple[str, str], tuple[Action, ...]]] = {
    (StepStatus.READY, ""): (Action.SKIP,),
    (StepStatus.WAITING, WaitingFor.TIMER): (Action.SKIP,),
    (StepStatus.WAITING, WaitingFor.RETRY): _REMEDIES,
    (StepStatus.WAITING, WaitingFor.DEFER): _REMEDIES,
    (StepStatus.PAUSED, WaitingFor.CODE): (Action.SKIP, Action.RESOLVE),
    (StepStatus.PAUSED, WaitingFor.CRASH_CAP): _REMEDIES,
    (StepStatus.PAUSED, WaitingFor.APPROVAL): (Action.DECIDE, Action.SKIP),
    (StepStatus.PAUSED, WaitingFor.PAUSE): (Action.UNBLOCK, Action.SKIP),
    (StepStatus.UNKNOWN, WaitingFor.OUTCOME): _REMEDIES,
}


def held_actions(run: StoredRunStatus, step: StoredStepStatus, waiting_for: str) -> tuple[Action, ...]:
    """What is legal for a step that people hold up, by its status and its run's; without its rewind."""
    reopens = step is StepStatus.UNKNOWN and run in (RunStatus.FAILED, RunStatus.COMPLETED)
    return _HELD.get((step, waiting_for), ()) if run in ACTIVE_RUN or reopens else ()


def allowed_actions(
    status: StoredRunStatus, steps: Iterable[StepFacts], blueprint: Blueprint
) -> list[Possible]:
    """Everything that is legal now: the run's actions, then those of its steps in the graph's order.

    ``steps`` are all visits. A run that failed or completed is reopened by what is done to its steps; one
    that was cancelled never is.
    """
    every = list(steps)
    current = {step.name: step for step in every if step.current}
    found = list(_of_the_run(status, every, blueprint))
    if status in ACTIVE_RUN or status in (RunStatus.FAILED, RunStatus.COMPLETED):
        for name in blueprint.order:
            if name in current:
                found += _of_a_step(status, current, blueprint, name)
    return found


def _of_the_run(
    status: StoredRunStatus, every: Sequence[StepFacts], blueprint: Blueprint
) -> Iterator[Possible]:
    if status in ACTIVE_RUN:
        yield Possible(action=Action.CANCEL)
    if status in FINISHED_RUN:
        yield Possible(action=Action.REPLAY, irreversible=find_repeated(every, blueprint))
    yield Possible(action=Action.COMMENT)


def _of_a_step(
    status: StoredRunStatus, current: Mapping[str, StepFacts], blueprint: Blueprint, name: str
) -> Iterator[Possible]:
    step = current[name]
    legal = _HELD.get((step.status, step.waiting_for or ""), ())
    if step.status is StepStatus.FAILED and fails_run(blueprint, name, step.outcome):
        legal = _REMEDIES
    elif status not in ACTIVE_RUN and step.status is not StepStatus.UNKNOWN:
        legal = ()
    for action in legal:
        yield Possible(
            action=action,
            step=name,
            exits=_exits(action, step, blueprint),
            irreversible=find_repeated([step], blueprint) if action is Action.RETRY else (),
        )
    if step.status is not StepStatus.SKIPPED:
        lost = [current[other] for other in find_downstream(blueprint, name) if other in current]
        if not any(other.status is StepStatus.RUNNING for other in lost):
            yield Possible(action=Action.REWIND, step=name, irreversible=find_repeated(lost, blueprint))


def _exits(action: Action, step: StepFacts, blueprint: Blueprint) -> tuple[str, ...]:
    if action is Action.DECIDE:
        return tuple((step.request or {}).get("exits", ()))
    if action is not Action.RESOLVE:
        return ()
    failed = () if step.status is StepStatus.FAILED else (ERROR,)
    return (OK, *blueprint.by_name[step.name].outcomes, *failed)
