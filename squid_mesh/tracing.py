"""Where traces are taken, if anywhere: nothing of ours knows how, and without a tracer nothing is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

#: How an attempt ended, said before its context is left: the outcome, and the error as it is recorded.
EndAttempt = Callable[[str, Mapping[str, Any] | None], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedAttempt:
    """Which attempt it is. ``starter`` is what :meth:`Tracer.starter` gave when the run was started."""

    workflow: str
    run_id: str
    step: str
    visit: int
    attempt: int
    starter: Mapping[str, Any] | None


class Tracer(Protocol):
    """What follows runs through processes. It raises nothing."""

    def starter(self) -> dict[str, str] | None:
        """What to keep with a run that is started here and now; None where nobody follows."""

    def attempt(self, tried: TracedAttempt) -> AbstractContextManager[EndAttempt]:
        """The context in which the attempt's code runs."""

    def lost(self, tried: TracedAttempt, started_at: datetime) -> None:
        """The attempt's worker was lost; this is told by another process."""


_tracer: Tracer | None = None


def current() -> Tracer | None:
    """The tracer that counts in this process."""
    return _tracer


def provide(tracer: Tracer | None) -> None:
    """Use that tracer from now on, or none."""
    global _tracer  # noqa: PLW0603 - one per process, set once by the wiring
    _tracer = tracer
