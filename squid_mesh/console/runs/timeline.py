"""When what ran and what waited, as bars: places and sizes of an SVG, which a template draws."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _

from squid_mesh import api
from squid_mesh.console.labels.statuses import label_status
from squid_mesh.console.labels.times import format_duration
from squid_mesh.console.labels.waiting import label_waiting_for
from squid_mesh.lifecycle import OPEN_STEP, StepStatus

WIDTH: Final = 960
LABELS: Final = 200
_ROW: Final = 24
_TOP: Final = 24
_LEAST: Final = 3.0
_ROWS: Final = 80
_TICKS: Final = 6
#: Distances of ticks, in seconds.
_NICE: Final = (
    *(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900),
    *(1800, 3600, 7200, 14400, 28800, 43200, 86400, 172800, 432000, 864000, 2592000, 7776000, 31536000),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One stretch of time. ``waiting``: nothing was executing. ``told`` is what it means, in words."""

    x: float
    width: float
    tone: str
    waiting: bool
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One visit of a step. ``y`` is the row's top."""

    label: str
    y: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A mark on the axis."""

    x: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The picture. ``left_out`` are rows that had no room."""

    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]
    height: int
    left_out: int
    width: int = WIDTH
    labels: int = LABELS


def timeline(run: api.RunSnapshot, now: datetime) -> Timeline | None:
    """The timeline of a run with its history; None where nothing has happened yet."""
    visits = [step for step in run.steps if step.attempts or step.started_at is not None]
    if not visits:
        return None
    visits.sort(key=_began)
    first = min(run.created_at, _began(visits[0]))
    last = max([run.finished_at or now, first + timedelta(milliseconds=1)])
    scale = _Scale(first, last)
    rows = tuple(
        Row(label=_label(step), y=_TOP + n * _ROW, bars=tuple(_bars(step, scale, now)))
        for n, step in enumerate(visits[:_ROWS])
    )
    return Timeline(
        rows=rows,
        ticks=tuple(_ticks(scale)),
        height=_TOP + len(rows) * _ROW + 4,
        left_out=max(0, len(visits) - _ROWS),
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    first: datetime
    last: datetime

    @property
    def seconds(self) -> float:
        return (self.last - self.first).total_seconds()

    def x(self, moment: datetime) -> float:
        done = (min(max(moment, self.first), self.last) - self.first).total_seconds() / self.seconds
        return round(LABELS + done * (WIDTH - LABELS - 8), 1)


def _began(step: api.StepSnapshot) -> datetime:
    moments = [attempt.started_at for attempt in step.attempts[:1]]
    if step.started_at is not None:
        moments.append(step.started_at)
    return min(moments)


def _label(step: api.StepSnapshot) -> str:
    name = step.name if step.visit == 1 else f"{step.name} ({step.visit})"
    return name if len(name) <= 27 else f"{name[:26]}…"


def _bars(step: api.StepSnapshot, scale: _Scale, now: datetime) -> Iterator[Bar]:
    """Attempts, and the waits between and after them."""
    before: datetime | None = None
    for attempt in step.attempts:
        if before is not None and attempt.started_at > before:
            yield _wait(scale, before, attempt.started_at, _("waited"))
        label = label_status(attempt.outcome)
        told = _("attempt %(n)d: %(outcome)s, %(span)s") % {
            "n": attempt.number,
            "outcome": label.text,
            "span": format_duration(attempt.ended_at - attempt.started_at),
        }
        yield _bar(scale, attempt.started_at, attempt.ended_at, label.tone, told)
        before = attempt.ended_at
    if step.status is StepStatus.RUNNING and step.started_at is not None:
        if before is not None and step.started_at > before:
            yield _wait(scale, before, step.started_at, _("waited"))
        told = _("running for %(span)s") % {"span": format_duration(now - step.started_at)}
        yield _bar(scale, step.started_at, now, "busy", told)
    elif before is not None:
        yield from _afterwards(step, scale, before, now)


def _afterwards(step: api.StepSnapshot, scale: _Scale, before: datetime, now: datetime) -> Iterator[Bar]:
    if step.status in OPEN_STEP:
        told = (
            label_waiting_for(step.waiting_for) if step.waiting_for else str(label_status(step.status).text)
        )
        yield _wait(scale, before, now, _("waits for %(what)s") % {"what": told})
    elif step.finished_at is not None and step.finished_at > before:
        yield _wait(scale, before, step.finished_at, _("waited"))


def _bar(scale: _Scale, start: datetime, end: datetime, tone: str, told: str) -> Bar:
    x = scale.x(start)
    width = max(_LEAST, round(scale.x(end) - x, 1))
    return Bar(x=min(x, WIDTH - width), width=width, tone=tone, waiting=False, told=told)


def _wait(scale: _Scale, start: datetime, end: datetime, told: str) -> Bar:
    x = scale.x(start)
    told = _("%(what)s, %(span)s") % {"what": told, "span": format_duration(end - start)}
    return Bar(x=x, width=max(0.5, round(scale.x(end) - x, 1)), tone="idle", waiting=True, told=told)


def _ticks(scale: _Scale) -> Iterator[Tick]:
    fitting: Sequence[float] = [step for step in _NICE if step >= scale.seconds / _TICKS]
    distance = fitting[0] if fitting else scale.seconds / _TICKS
    n = 0
    while n * distance <= scale.seconds:
        since = timedelta(seconds=n * distance)
        yield Tick(x=scale.x(scale.first + since), label=format_duration(since) if n else "0")
        n += 1
