"""The steps of a run as sections of its page: one for each step, with its visits, attempts and buttons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from django.contrib.admin import AdminSite

from squid_mesh import api
from squid_mesh.console.actions.buttons import Button, buttons
from squid_mesh.console.labels.times import format_duration
from squid_mesh.console.labels.waiting import label_waiting_for
from squid_mesh.lifecycle import OPEN_STEP, StepStatus

#: How many attempts of a visit are on the run's page.
RECENT: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRow:
    """One attempt of a visit."""

    attempt: api.AttemptSnapshot
    duration: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitSection:
    """One visit of a step, its newest attempts first. ``older`` is the number of attempts left out."""

    step: api.StepSnapshot
    attempts: tuple[AttemptRow, ...]
    older: int
    duration: str
    waits_for: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSection:
    """One step: its current visit and the earlier ones, the newest first. ``opened``: it is unfolded."""

    name: str
    current: VisitSection
    earlier: tuple[VisitSection, ...]
    summary: str
    buttons: tuple[Button, ...]
    opened: bool


def list_step_sections(
    run: api.RunSnapshot,
    names: Sequence[str],
    explanation: api.Explanation,
    site: AdminSite,
    now: datetime,
) -> list[StepSection]:
    """Return a section for each of the steps of these names."""
    visits: dict[str, list[api.StepSnapshot]] = {name: [] for name in names}
    for step in run.steps:
        if step.name in visits:
            visits[step.name].append(step)
    offered: dict[str, list[api.NextAction]] = {name: [] for name in names}
    for one in explanation.next_actions:
        if one.step in offered:
            offered[one.step].append(one)
    shown = [one for name in names for one in offered[name]]
    listed = iter(list(buttons(explanation, shown, site, named=False)))
    summaries = {reason.step: reason.summary for reason in explanation.open}
    return [
        _make_section(found, summaries.get(name, ""), list(islice(listed, len(offered[name]))), now)
        for name, found in visits.items()
    ]


def make_attempt_row(attempt: api.AttemptSnapshot) -> AttemptRow:
    """Return the attempt with its duration."""
    return AttemptRow(attempt=attempt, duration=format_duration(attempt.ended_at - attempt.started_at))


def _make_section(
    visits: Sequence[api.StepSnapshot], summary: str, offered: Iterable[Button], now: datetime
) -> StepSection:
    *earlier, current = sorted(visits, key=lambda step: step.visit)
    return StepSection(
        name=current.name,
        current=_make_visit(current, now),
        earlier=tuple(_make_visit(step, now) for step in reversed(earlier)),
        summary=summary,
        buttons=tuple(offered),
        opened=current.status in OPEN_STEP or current.status is StepStatus.FAILED,
    )


def _make_visit(step: api.StepSnapshot, now: datetime) -> VisitSection:
    finished = step.attempt - (step.status is StepStatus.RUNNING)
    return VisitSection(
        step=step,
        attempts=tuple(make_attempt_row(attempt) for attempt in reversed(step.attempts)),
        older=max(0, finished - len(step.attempts)) if len(step.attempts) >= RECENT else 0,
        duration=_sum_durations(step, now),
        waits_for=label_waiting_for(step.waiting_for) if step.waiting_for else "",
    )


def _sum_durations(step: api.StepSnapshot, now: datetime) -> str:
    """Return how long the step executed, over the attempts that are shown; empty if it didn't."""
    total = sum((attempt.ended_at - attempt.started_at for attempt in step.attempts), timedelta())
    if step.status is StepStatus.RUNNING and step.started_at is not None:
        total += now - step.started_at
    return format_duration(total) if total else ""
