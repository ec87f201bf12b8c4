"""The lines of the demonstration's tables."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise

from django.core.management.color import Style

from demo.progress import FAILURES, PAUSES, Entry
from squid_mesh.inspection.snapshots.runs import EventSnapshot, RunSnapshot
from squid_mesh.lifecycle import RunStatus, StepStatus

HEAD = f"{'time':>8}  {'run':<8}  {'step':<19}  {'attempt':>7}  {'outcome':<10}  {'took':>8}"
SUMMARY_HEAD = (
    f"{'run':<8}  {'status':<10}  {'time':>8}  {'steps':>6}  {'attempts':>8}  {'retries':>7}  {'pauses':>6}"
)

_GOOD = frozenset({"completed", "bypassed", "approved"})
_BAD = frozenset({"failed", "timed_out", "interrupted", "rejected"})


def format_entry(entry: Entry, run: str, zero: datetime, style: Style) -> str:
    """Return an entry as a row under ``HEAD``. ``zero`` is the start of the first run."""
    row = (
        f"{seconds(entry.at - zero):>8}  {run:<8}  {entry.step:<19}  {entry.attempt or '':>7}  "
        f"{_paint(entry.outcome, style)(f'{entry.outcome:<10}')}  "
        f"{milliseconds(entry.took) if entry.took is not None else '':>8}"
    )
    return f"{row}  {entry.note}".rstrip()


def format_summary(run: str, snapshot: RunSnapshot, style: Style) -> str:
    """Return a run as a row under ``SUMMARY_HEAD``."""
    ran = sum(step.status in {StepStatus.COMPLETED, StepStatus.FAILED} for step in snapshot.steps)
    outcomes = [[attempt.outcome for attempt in step.attempts] for step in snapshot.steps]
    retries = sum(before in FAILURES for each in outcomes for before, _ in pairwise(each))
    pauses = sum(outcome in PAUSES for each in outcomes for outcome in each)
    took = (snapshot.finished_at or snapshot.created_at) - snapshot.created_at
    status = str(snapshot.status)
    paint = style.SUCCESS if snapshot.status is RunStatus.COMPLETED else style.ERROR
    return (
        f"{run:<8}  {paint(f'{status:<10}')}  {seconds(took) if snapshot.finished_at else '':>8}  {ran:>6}  "
        f"{sum(map(len, outcomes)):>8}  {retries:>7}  {pauses:>6}"
    )


def format_event(event: EventSnapshot, zero: datetime) -> str:
    """Return an event of a run's history. ``zero`` is the start of the run."""
    actor = event.actor or "the engine"
    row = f"{seconds(event.created_at - zero):>8}  {event.type:<18}  {event.step:<15}  {actor:<8}"
    return f"{row}  {event.comment}".rstrip()


def seconds(duration: timedelta) -> str:
    """Return a duration in seconds with two decimals."""
    return f"{duration.total_seconds():.2f} s"


def milliseconds(duration: timedelta) -> str:
    """Return a duration in milliseconds."""
    return f"{duration.total_seconds() * 1000:.0f} ms"


def _paint(outcome: str, style: Style) -> Callable[[str], str]:
    if outcome in _GOOD:
        paint = style.SUCCESS
    elif outcome in _BAD:
        paint = style.ERROR
    else:
        paint = style.WARNING
    return paint
