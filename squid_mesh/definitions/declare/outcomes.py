"""What a step's code may return or raise to control its run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Generic

from typing_extensions import TypeVar

from squid_mesh.definitions.request import Request

#: The longest delay: a century, in seconds.
MAX_DELAY: Final = 36_525 * 86_400


T = TypeVar("T", default=Any)


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """Return it from a step to complete with that label and take the label's routes.

    ``value`` is the step's output. The annotation ``Outcome[Invoice]`` declares its type; it is validated
    like any returned value. A plain ``Outcome`` may have any value.
    """

    label: str
    value: T | None = None


class StepFailed(Exception):
    """Raise it in a step to fail at once, without a retry. ``details`` must be JSON-ready."""

    def __init__(self, message: str = "", **details: Any) -> None:
        super().__init__(message)
        self.details = details


class RetryLater(Exception):
    """Raise it in a step to fail this attempt and set the delay before the next one.

    The step's retry policy decides whether there is a next attempt. ``details`` must be JSON-ready.

    Raises:
        TypeError: ``seconds`` isn't a number.
        ValueError: it is negative or more than a century.
    """

    def __init__(self, message: str = "", *, seconds: float = 0.0, **details: Any) -> None:
        _check_numbers("RetryLater", seconds=seconds)
        if not 0 <= seconds <= MAX_DELAY:
            raise ValueError("RetryLater: seconds must be at least 0 and at most a century.")
        super().__init__(message)
        self.seconds = float(seconds)
        self.details = details


class Defer(Exception):
    """Raise it in a step that isn't finished yet. The step runs again after the delay.

    This is not a failure and uses no retry. ``message`` is shown with the run.

    Raises:
        TypeError: a part of the delay isn't a number.
        ValueError: the delay is 0 or less, or more than a century.
    """

    def __init__(
        self,
        message: str = "",
        *,
        days: float = 0.0,
        hours: float = 0.0,
        minutes: float = 0.0,
        seconds: float = 0.0,
    ) -> None:
        _check_numbers("Defer", days=days, hours=hours, minutes=minutes, seconds=seconds)
        total = seconds + 60 * (minutes + 60 * (hours + 24 * days))
        if not 0 < total <= MAX_DELAY:
            raise ValueError("Defer: the delay must be more than 0 seconds and at most a century.")
        super().__init__(message)
        self.seconds = float(total)


def _check_numbers(name: str, **units: float) -> None:
    for unit, number in units.items():
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise TypeError(f"{name}: {unit} must be a number, not of type {type(number).__name__}.")
        if isinstance(number, int) and abs(number) > MAX_DELAY:
            raise ValueError(f"{name}: {unit} must be at most a century.")


class Sleep(Exception):
    """Raised by the built-in ``wait``: the step completes after the delay."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"waits {seconds:g} s")
        self.seconds = seconds


class AskPeople(Exception):
    """Raised by the built-ins ``pause`` and ``approval``: the step waits until people have decided.

    At the deadline, ``seconds`` from now, the step runs again with the request in its context. Without
    ``seconds`` it waits without limit.
    """

    def __init__(self, request: Request, seconds: float | None = None) -> None:
        super().__init__(f"asks for a {request.kind}")
        self.request = request
        self.seconds = seconds
