"""What people do in the demonstration's runs: each act when its approval is reached, and not before."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User

from demo.cast import Person
from squid_mesh import api
from squid_mesh.inspection.snapshots.runs import RunSnapshot
from squid_mesh.lifecycle import WaitingFor
from squid_mesh.testing import fast_forward


@dataclass(frozen=True, slots=True, kw_only=True)
class Decides:
    """One person's word at an approval: at that visit, after so many escalations."""

    step: str
    who: Person
    exit: str = "approved"
    visit: int = 1
    escalated: int = 0
    comment: str = ""
    data: Mapping[str, Any] | None = None

    def __call__(self, run: UUID, users: Mapping[Person, User]) -> None:
        """Say it."""
        api.decide_approval(
            run,
            self.exit,
            step=self.step,
            visit=self.visit,
            actor=users[self.who],
            comment=self.comment,
            data=self.data,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TimePasses:
    """Nobody says anything until the approval's deadline is there; here that takes no time."""

    step: str
    visit: int = 1
    escalated: int = 0

    def __call__(self, run: UUID, users: Mapping[Person, User]) -> None:
        """Let it pass."""
        fast_forward(run)


Act = Decides | TimePasses


class Play:
    """The acts that are still to come, run by run, each run's in their order."""

    def __init__(self, users: Mapping[Person, User]) -> None:
        self._users = users
        self._to_come: defaultdict[UUID, deque[Act]] = defaultdict(deque)

    def add(self, run: UUID, acts: Iterable[Act]) -> None:
        """What will happen in that run."""
        self._to_come[run] += acts

    @property
    def runs(self) -> list[UUID]:
        """All runs in which something is still to come."""
        return [run for run, acts in self._to_come.items() if acts]

    @property
    def over(self) -> bool:
        """Whether everybody has done their part."""
        return not self.runs

    def go_on(self, seen: Iterable[RunSnapshot]) -> None:
        """Let everything happen for which, as these runs were seen, its time has come."""
        for run in seen:
            acts = self._to_come[run.id]
            if acts and _waits(run, acts[0]):
                acts.popleft()(run.id, self._users)


def _waits(snapshot: RunSnapshot, act: Act) -> bool:
    """Whether the run is held by the approval that the act is about."""
    return any(
        step.waiting_for == WaitingFor.APPROVAL
        and (step.name, step.visit) == (act.step, act.visit)
        and (step.request or {}).get("escalated", 0) == act.escalated
        for step in snapshot.steps
    )
