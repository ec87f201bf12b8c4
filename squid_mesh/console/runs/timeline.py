"""The timeline of a run: when each step executed and waited, as the bars of an SVG that a template draws."""

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
_MIN_WIDTH: Final = 3.0
_MAX_ROWS: Final = 80
_MAX_TICKS: Final = 6
#: Distances between ticks, in seconds.
_DISTANCES: Final = (
    *(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900),
    *(1800, 3600, 7200, 14400, 28800, 43200, 86400, 172800, 432000, 864000, 2592000, 7776000, 31536000),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar. ``waiting``: the step wasn't executing. ``text`` describes the bar."""

    x: float
    width: float
    tone: str
    waiting: bool
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The bars of one visit of a step. ``y`` is the top of the row."""

    label: str
    y: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A tick of the time axis."""

    x: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The SVG's content. ``left_out`` is the number of visits without a row."""

    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]
    height: int
    left_out: int
    width: int = WIDTH
    labels: int = LABELS


def draw_timeline(run: api.RunSnapshot, now: datetime) -> Timeline | None:
    """Return the timeline of a run with its history; None if no step has started."""
    visits = [step for step in run.steps if step.attempts or step.started_at is not None]
    if not visits:
        return None
    visits.sort(key=_find_start)
    first = min(run.created_at, _find_start(visits[0]))
    last = max([run.finished_at or now, first + timedelta(milliseconds=1)])
    scale = _Scale(first, last)
    rows = tuple(
        Row(label=_label(step), y=_TOP + n * _ROW, bars=tuple(_bars(step, scale, now)))
        for n, step in enumerate(visits[:_MAX_ROWS])
    )
    return Timeline(
        rows=rows,
        ticks=tuple(_ticks(scale)),
        height=_TOP + len(rows) * _ROW + 4,
        left_out=max(0, len(visits) - _MAX_ROWS),
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


def _find_start(step: api.StepSnapshot) -> datetime:
    moments = [attempt.started_at for attempt in step.attempts[:1]]
    if step.started_at is not None:
        moments.append(step.started_at)
    return min(moments)


def _label(step: api.StepSnapshot) -> str:
    name = step.name if step.visit == 1 else f"{step.name} ({step.visit})"
    return name if len(name) <= 27 else f"{name[:26]}…"


def _bars(step: api.StepSnapshot, scale: _Scale, now: datetime) -> Iterator[Bar]:
    """Yield the attempts, and the waits between and after them."""
    before: datetime | None = None
    for attempt in step.attempts:
        if before is not None and attempt.started_at > before:
            yield _wait(scale, before, attempt.started_at, _("waiting"))
        label = label_status(attempt.outcome)
        text = _("attempt %(n)d: %(outcome)s after %(duration)s") % {
            "n": attempt.number,
            "outcome": label.text,
            "duration": format_duration(attempt.ended_at - attempt.started_at),
        }
        yield _bar(scale, attempt.started_at, attempt.ended_at, label.tone, text)
        before = attempt.ended_at
    if step.status is StepStatus.RUNNING and step.started_at is not None:
        if before is not None and step.started_at > before:
            yield _wait(scale, before, step.started_at, _("waiting"))
        text = _("running for %(duration)s") % {"duration": format_duration(now - step.started_at)}
        yield _bar(scale, step.started_at, now, "busy", text)
    elif before is not None:
        yield from _last_wait(step, scale, before, now)


def _last_wait(step: api.StepSnapshot, scale: _Scale, before: datetime, now: datetime) -> Iterator[Bar]:
    if step.status in OPEN_STEP:
        text = str(label_status(step.status).text)
        if step.waiting_for:
            text = _("waiting for %(what)s") % {"what": label_waiting_for(step.waiting_for)}
        yield _wait(scale, before, now, text)
    elif step.finished_at is not None and step.finished_at > before:
        yield _wait(scale, before, step.finished_at, _("waiting"))


def _bar(scale: _Scale, start: datetime, end: datetime, tone: str, text: str) -> Bar:
    x = scale.x(start)
    width = max(_MIN_WIDTH, round(scale.x(end) - x, 1))
    return Bar(x=min(x, WIDTH - width), width=width, tone=tone, waiting=False, text=text)


def _wait(scale: _Scale, start: datetime, end: datetime, text: str) -> Bar:
    x = scale.x(start)
    text = _("%(what)s, %(duration)s") % {"what": text, "duration": format_duration(end - start)}
    return Bar(x=x, width=max(0.5, round(scale.x(end) - x, 1)), tone="idle", waiting=True, text=text)


def _ticks(scale: _Scale) -> Iterator[Tick]:
    fitting: Sequence[float] = [step for step in _DISTANCES if step >= scale.seconds / _MAX_TICKS]
    distance = fitting[0] if fitting else scale.seconds / _MAX_TICKS
    n = 0
    while n * distance <= scale.seconds:
        since = timedelta(seconds=n * distance)
        yield Tick(x=scale.x(scale.first + since), label=format_duration(since) if n else "0")
        n += 1
