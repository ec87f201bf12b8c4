"""What people do in the demonstration's runs, in order, as soon as each approval is reached."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.utils import timezone

from demo.people import Person
from squid_mesh import api
from squid_mesh.inspection.snapshots.runs import RunSnapshot
from squid_mesh.lifecycle import WaitingFor
from squid_mesh.models import StepRun


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide:
    """One person decides an approval, at that visit and after that number of escalations."""

    step: str
    person: Person
    exit: str = "approved"
    visit: int = 1
    escalated: int = 0
    comment: str = ""
    data: Mapping[str, Any] | None = None

    def perform(self, run: UUID, users: Mapping[Person, User]) -> None:
        """Decide the approval."""
        api.decide_approval(
            run,
            self.exit,
            step=self.step,
            visit=self.visit,
            actor=users[self.person],
            comment=self.comment,
            data=self.data,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachDeadline:
    """The approval's deadline passes without a decision. Here that takes no time."""

    step: str
    visit: int = 1
    escalated: int = 0

    def perform(self, run: UUID, users: Mapping[Person, User]) -> None:
        """Make the waiting step due now. Only a demonstration may write the engine's rows."""
        now = timezone.now()
        StepRun.objects.filter(run_id=run, due_at__gt=now).update(due_at=now)


Action = Decide | ReachDeadline


class Script:
    """The remaining actions of each run, in order."""

    def __init__(self, users: Mapping[Person, User]) -> None:
        self._users = users
        self._remaining: defaultdict[UUID, deque[Action]] = defaultdict(deque)

    def add(self, run: UUID, actions: Iterable[Action]) -> None:
        """Add actions to a run."""
        self._remaining[run] += actions

    @property
    def runs(self) -> list[UUID]:
        """The runs with remaining actions."""
        return [run for run, actions in self._remaining.items() if actions]

    @property
    def finished(self) -> bool:
        """Whether no action remains."""
        return not self.runs

    def perform(self, snapshots: Iterable[RunSnapshot]) -> None:
        """Perform the next action of each run whose approval is waiting for it."""
        for snapshot in snapshots:
            actions = self._remaining[snapshot.id]
            if actions and _waits_for(snapshot, actions[0]):
                actions.popleft().perform(snapshot.id, self._users)


def _waits_for(snapshot: RunSnapshot, action: Action) -> bool:
    return any(
        step.waiting_for == WaitingFor.APPROVAL
        and (step.name, step.visit) == (action.step, action.visit)
        and (step.request or {}).get("escalated", 0) == action.escalated
        for step in snapshot.steps
    )
