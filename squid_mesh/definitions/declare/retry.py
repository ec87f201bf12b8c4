"""The declaration of a retry policy: ``Retry(5, exponential(min=1, max=30))``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import cast

from pydantic import TypeAdapter

from squid_mesh.definitions.code_paths import code_path
from squid_mesh.definitions.retry import Backoff, RetryPolicy

_BACKOFF: TypeAdapter[Backoff] = TypeAdapter(Backoff)

ExceptionTypes = type[Exception] | Sequence[type[Exception]]


@dataclass(frozen=True, slots=True)
class Delays:
    """A backoff as written, not yet checked."""

    kind: str
    numbers: Mapping[str, float]

    def compile(self) -> Backoff:
        """Return the backoff that the blueprint stores.

        Raises:
            pydantic.ValidationError: a number is out of its range.
        """
        return _BACKOFF.validate_python({"kind": self.kind, **self.numbers})


def exponential(min: float = 1, max: float = 300, factor: float = 2) -> Delays:
    """Wait ``min`` seconds, multiplied by ``factor`` after each further failure, at most ``max``."""
    return Delays("exponential", {"min": min, "max": max, "factor": factor})


def linear(step: float = 1, max: float = 300) -> Delays:
    """Wait ``step`` seconds more after each failure, at most ``max``."""
    return Delays("linear", {"step": step, "max": max})


def fixed(seconds: float) -> Delays:
    """Wait the same number of seconds after each failure."""
    return Delays("fixed", {"seconds": seconds})


_DEFAULT = exponential()


@dataclass(frozen=True)
class Retry:
    """How often a step is attempted, and how long it waits between attempts.

    Args:
        max_attempts: the number of attempts, the first one included.
        backoff: ``exponential(...)``, ``linear(...)`` or ``fixed(...)``.
        jitter: the largest random share added to each delay, from 0 to 1.
        retry_on: the exceptions that are retried; by default all.
        give_up_on: the exceptions that are never retried, even if ``retry_on`` includes them.
    """

    max_attempts: int
    backoff: Delays = _DEFAULT
    _: KW_ONLY
    jitter: float = 0.0
    retry_on: ExceptionTypes = ()
    give_up_on: ExceptionTypes = ()

    def compile(self) -> RetryPolicy:
        """Return the policy that the blueprint stores."""
        return RetryPolicy(
            max_attempts=self.max_attempts,
            backoff=self.backoff.compile(),
            jitter=self.jitter,
            retry_on=tuple(code_path(kind) for kind in as_sequence(self.retry_on)),
            give_up_on=tuple(code_path(kind) for kind in as_sequence(self.give_up_on)),
        )


def as_sequence(kinds: ExceptionTypes) -> Sequence[type[Exception]]:
    """Return one exception class, or several, as a sequence."""
    return kinds if isinstance(kinds, list | tuple) else (cast("type[Exception]", kinds),)
