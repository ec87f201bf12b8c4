"""The steps of a run as its page shows them: by name, each with its visits and what may be done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.admin import AdminSite

from squid_mesh import api
from squid_mesh.console.actions.buttons import Button, buttons
from squid_mesh.console.labels.times import format_duration
from squid_mesh.console.labels.waiting import label_waiting_for
from squid_mesh.lifecycle import OPEN_STEP, StepStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAttempt:
    """One attempt, the newest first."""

    attempt: api.AttemptSnapshot
    duration: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownVisit:
    """One visit. ``folded`` attempts are older than those shown."""

    step: api.StepSnapshot
    attempts: tuple[ShownAttempt, ...]
    folded: int
    duration: str
    waits_for: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownStep:
    """A step. ``opened``: it is what people look for."""

    name: str
    current: ShownVisit
    earlier: tuple[ShownVisit, ...]
    summary: str
    buttons: tuple[Button, ...]
    opened: bool


def list_step_sections(
    run: api.RunSnapshot, explanation: api.Explanation, site: AdminSite, now: datetime
) -> list[ShownStep]:
    """Every step, in the graph's order."""
    visits: dict[str, list[api.StepSnapshot]] = {}
    for step in run.steps:
        visits.setdefault(step.name, []).append(step)
    told = {reason.step: reason.summary for reason in explanation.open}
    return [
        _step(
            name,
            found,
            told.get(name, ""),
            buttons(
                explanation, (one for one in explanation.next_actions if one.step == name), site, named=False
            ),
            now,
        )
        for name, found in visits.items()
    ]


def _step(
    name: str, visits: Sequence[api.StepSnapshot], told: str, offered: Iterable[Button], now: datetime
) -> ShownStep:
    *earlier, current = sorted(visits, key=lambda step: step.visit)
    looked_for = current.status in OPEN_STEP or current.status is StepStatus.FAILED
    return ShownStep(
        name=name,
        current=_visit(current, now),
        earlier=tuple(_visit(step, now) for step in reversed(earlier)),
        summary=told,
        buttons=tuple(offered),
        opened=looked_for,
    )


def _visit(step: api.StepSnapshot, now: datetime) -> ShownVisit:
    over = step.attempt - (step.status is StepStatus.RUNNING)
    return ShownVisit(
        step=step,
        attempts=tuple(make_attempt_row(attempt) for attempt in reversed(step.attempts)),
        folded=max(0, over - len(step.attempts)) if len(step.attempts) >= RECENT else 0,
        duration=_duration(step, now),
        waits_for=label_waiting_for(step.waiting_for) if step.waiting_for else "",
    )


#: So many attempts of a visit stand on the run's page.
RECENT = 20


def make_attempt_row(attempt: api.AttemptSnapshot) -> ShownAttempt:
    """The attempt and how long it took."""
    return ShownAttempt(attempt=attempt, duration=format_duration(attempt.ended_at - attempt.started_at))


def _duration(step: api.StepSnapshot, now: datetime) -> str:
    """How long it executed, over all the attempts that are shown."""
    took = sum((attempt.ended_at - attempt.started_at for attempt in step.attempts), timedelta())
    if step.status is StepStatus.RUNNING and step.started_at is not None:
        took += now - step.started_at
    return format_duration(took) if took else ""
