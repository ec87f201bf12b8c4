"""What a step's own code may say: a labelled outcome, or one of three exceptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from squid_mesh.definitions.request import Request

#: Seconds in a century, longer than which nothing waits.
MAX_DELAY: Final = 36_525 * 86_400


@dataclass(frozen=True, slots=True)
class Outcome:
    """Returned by a step to complete with a label of its own, and to take the routes of that label."""

    label: str
    value: Any = None


class StepFailed(Exception):
    """Raised by a step to fail now, without a retry. ``details`` must be JSON-ready."""

    def __init__(self, message: str = "", **details: Any) -> None:
        super().__init__(message)
        self.details = details


class RetryLater(Exception):
    """Raised by a step to fail this attempt and to choose the delay itself, if its policy allows a retry."""

    def __init__(self, message: str = "", *, seconds: float = 0.0, **details: Any) -> None:
        if not 0 <= seconds <= MAX_DELAY:
            raise ValueError("RetryLater needs seconds of at least 0 and at most a century.")
        super().__init__(message)
        self.seconds = float(seconds)
        self.details = details


class Defer(Exception):
    """Raised by a step that is not done yet: no failure, it runs again after the delay."""

    def __init__(
        self,
        message: str = "",
        *,
        days: float = 0.0,
        hours: float = 0.0,
        minutes: float = 0.0,
        seconds: float = 0.0,
    ) -> None:
        total = seconds + 60 * (minutes + 60 * (hours + 24 * days))
        if not 0 < total <= MAX_DELAY:
            raise ValueError("Defer needs a delay of more than 0 seconds and at most a century.")
        super().__init__(message)
        self.seconds = float(total)


class Sleep(Exception):
    """Raised by the built-in ``wait``: the step completes once the delay is over."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"waits {seconds:g} s")
        self.seconds = seconds


class AskPeople(Exception):
    """Raised by the built-ins ``pause`` and ``approval``: the step is held until people have answered.

    At the deadline, ``seconds`` from now, it runs again with the request in its context; without one it
    is held for as long as it takes.
    """

    def __init__(self, request: Request, seconds: float | None = None) -> None:
        super().__init__(f"asks for a {request.kind}")
        self.request = request
        self.seconds = seconds
