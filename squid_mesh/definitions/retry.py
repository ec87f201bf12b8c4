"""Retry policies: pure arithmetic; time and randomness are arguments."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Exponential(_Value):
    """``min`` seconds, multiplied by ``factor`` after each further failure, at most ``max``."""

    kind: Literal["exponential"] = "exponential"
    min: float = Field(default=1.0, ge=0)
    max: float = Field(default=300.0, ge=0)
    factor: float = Field(default=2.0, ge=1, allow_inf_nan=False)

    def delay(self, failures: int) -> float:
        """Return the seconds to wait after that many failures, counted from 1."""
        try:
            return float(min(self.max, self.min * self.factor ** (failures - 1)))
        except OverflowError:
            return self.max


class Linear(_Value):
    """``step`` seconds more after each failure, at most ``max``."""

    kind: Literal["linear"] = "linear"
    step: float = Field(default=1.0, ge=0)
    max: float = Field(default=300.0, ge=0)

    def delay(self, failures: int) -> float:
        """Return the seconds to wait after that many failures, counted from 1."""
        return float(min(self.max, self.step * failures))


class Fixed(_Value):
    """The same number of seconds after each failure."""

    kind: Literal["fixed"] = "fixed"
    seconds: float = Field(default=0.0, ge=0)

    def delay(self, failures: int) -> float:
        """Return the seconds to wait: the same after any number of failures."""
        return self.seconds


Backoff = Annotated[Exponential | Linear | Fixed, Field(discriminator="kind")]


class RetryPolicy(_Value):
    """How often a step is attempted, and how long it waits between attempts.

    ``jitter`` is the largest random share added to a delay: with 0.1, 10 s become 10 to 11 s.
    ``retry_on`` and ``give_up_on`` are code paths of exception classes.
    """

    max_attempts: int = Field(default=1, ge=1)
    backoff: Backoff = Exponential()
    jitter: float = Field(default=0.0, ge=0, le=1)
    retry_on: tuple[str, ...] = ()
    give_up_on: tuple[str, ...] = ()

    def delay_after(self, failures: int, chance: float) -> float | None:
        """Return the seconds until the next attempt after that many failures, or None if none is left.

        ``chance`` is a random number from 0 to 1 that the caller draws.
        """
        if failures >= self.max_attempts:
            return None
        return self.backoff.delay(failures) * (1 + self.jitter * chance)
