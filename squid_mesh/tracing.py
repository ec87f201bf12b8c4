"""The tracer of this process, if there is one. This package doesn't know how traces are recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from squid_mesh.definitions.values.texts import is_storable
from squid_mesh.hooks import Guard

_HOOK: Final = "the tracer"

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
    """Traces runs across processes. What its methods raise is reported and changes nothing."""

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


def read_starter() -> dict[str, str] | None:
    """Return what to store with a run that is started now; None if there is none, or the tracer fails."""
    with Guard(_HOOK):
        found = None if _tracer is None else _tracer.starter()
        if found is None:
            return None
        texts = {str.__str__(key): str.__str__(value) for key, value in found.items()}
        if not is_storable(*texts, *texts.values()):
            raise ValueError("The tracer's starter has texts that a database can't store.")
        return texts
    return None


@contextmanager
def trace_attempt(tracer: Tracer, attempt: TracedAttempt) -> Iterator[EndAttempt]:
    """Run the body in the tracer's context, whatever the tracer raises."""
    stack, end = ExitStack(), None
    with Guard(_HOOK):
        end = stack.enter_context(tracer.attempt(attempt))

    def end_attempt(outcome: str, error: Mapping[str, Any] | None) -> None:
        with Guard(_HOOK):
            if end is not None:
                end(outcome, error)

    try:
        yield end_attempt
    finally:
        with Guard(_HOOK):
            stack.close()


def trace_lost_attempt(tracer: Tracer, attempt: TracedAttempt, started_at: datetime) -> None:
    """Report an attempt whose worker was lost to the tracer."""
    with Guard(_HOOK):
        tracer.lost(attempt, started_at)
