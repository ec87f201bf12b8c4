"""How an author writes a retry policy: ``Retry(5, exponential(min=1, max=30))``."""

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
    """A backoff as written; its numbers are judged together with the rest of the workflow."""

    kind: str
    numbers: Mapping[str, float]

    def compiled(self) -> Backoff:
        """The arithmetic behind it.

        Raises:
            pydantic.ValidationError: a number is out of its range.
        """
        return _BACKOFF.validate_python({"kind": self.kind, **self.numbers})


def exponential(min: float = 1, max: float = 300, factor: float = 2) -> Delays:
    """Wait ``min`` seconds, times ``factor`` after each further failure, never over ``max``."""
    return Delays("exponential", {"min": min, "max": max, "factor": factor})


def linear(step: float = 1, max: float = 300) -> Delays:
    """Wait ``step`` seconds more after each failure, never over ``max``."""
    return Delays("linear", {"step": step, "max": max})


def fixed(seconds: float) -> Delays:
    """Always wait that long."""
    return Delays("fixed", {"seconds": seconds})


_DEFAULT = exponential()


@dataclass(frozen=True)
class Retry:
    """A step is attempted up to ``max_attempts`` times, with ``backoff`` between.

    ``jitter`` is the share of each delay that chance may add. ``retry_on`` narrows the exceptions worth
    another attempt, ``give_up_on`` names those that never are; by default every exception is retried.
    """

    max_attempts: int
    backoff: Delays = _DEFAULT
    _: KW_ONLY
    jitter: float = 0.0
    retry_on: ExceptionTypes = ()
    give_up_on: ExceptionTypes = ()

    def compiled(self) -> RetryPolicy:
        """The policy that the blueprint holds."""
        return RetryPolicy(
            max_attempts=self.max_attempts,
            backoff=self.backoff.compiled(),
            jitter=self.jitter,
            retry_on=tuple(code_path(kind) for kind in as_sequence(self.retry_on)),
            give_up_on=tuple(code_path(kind) for kind in as_sequence(self.give_up_on)),
        )


def as_sequence(kinds: ExceptionTypes) -> Sequence[type[Exception]]:
    """One exception class, or as_sequence, as as_sequence."""
    return kinds if isinstance(kinds, list | tuple) else (cast("type[Exception]", kinds),)
