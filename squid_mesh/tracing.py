"""The tracer of this process, if there is one. This package doesn't know how traces are recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

#: Called before an attempt's context ends, with its outcome and its error as it is recorded.
EndAttempt = Callable[[str, Mapping[str, Any] | None], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedAttempt:
    """An attempt to trace. ``starter`` is what :meth:`Tracer.starter` returned when the run was started."""

    workflow: str
    run_id: str
    step: str
    visit: int
    attempt: int
    starter: Mapping[str, Any] | None


class Tracer(Protocol):
    """Traces runs across processes. Its methods raise nothing."""

    def starter(self) -> dict[str, str] | None:
        """Return what to store with a run that is started now; None if nothing traces its start."""

    def attempt(self, attempt: TracedAttempt) -> AbstractContextManager[EndAttempt]:
        """Return the context in which the attempt's code runs."""

    def lost(self, attempt: TracedAttempt, started_at: datetime) -> None:
        """Record an attempt whose worker was lost; another process calls this."""


_tracer: Tracer | None = None


def get_tracer() -> Tracer | None:
    """Return the tracer of this process."""
    return _tracer


def set_tracer(tracer: Tracer | None) -> None:
    """Use that tracer from now on; None turns tracing off."""
    global _tracer  # noqa: PLW0603 - one per process, set once by the wiring
    _tracer = tracer
