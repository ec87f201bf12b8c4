"""Retry policies: pure arithmetic, no clock and no chance of their own."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Exponential(_Value):
    """``min``, doubled (or times ``factor``) after each failure, never over ``max``. Seconds."""

    kind: Literal["exponential"] = "exponential"
    min: float = Field(default=1.0, ge=0)
    max: float = Field(default=300.0, ge=0)
    factor: float = Field(default=2.0, ge=1)

    def delay(self, failures: int) -> float:
        """Seconds to wait after that many failures, the first being 1."""
        try:
            return float(min(self.max, self.min * self.factor ** (failures - 1)))
        except OverflowError:
            return self.max


class Linear(_Value):
    """``step`` more after each failure, never over ``max``. Seconds."""

    kind: Literal["linear"] = "linear"
    step: float = Field(default=1.0, ge=0)
    max: float = Field(default=300.0, ge=0)

    def delay(self, failures: int) -> float:
        """Seconds to wait after that many failures, the first being 1."""
        return float(min(self.max, self.step * failures))


class Fixed(_Value):
    """Always the same wait. Seconds."""

    kind: Literal["fixed"] = "fixed"
    seconds: float = Field(default=0.0, ge=0)

    def delay(self, failures: int) -> float:
        """Seconds to wait after that many failures: the same each time."""
        return self.seconds


Backoff = Annotated[Exponential | Linear | Fixed, Field(discriminator="kind")]


class RetryPolicy(_Value):
    """How often a step is attempted, and how long it waits between.

    ``jitter`` is the share of each delay that chance may add: 0.1 makes 10 s anything up to 11 s.
    ``retry_on`` and ``give_up_on`` are dotted paths of exception classes.
    """

    max_attempts: int = Field(default=1, ge=1)
    backoff: Backoff = Exponential()
    jitter: float = Field(default=0.0, ge=0, le=1)
    retry_on: tuple[str, ...] = ()
    give_up_on: tuple[str, ...] = ()

    def delay_after(self, failures: int, chance: float) -> float | None:
        """Seconds until the next attempt after that many failures, or None when there is none left.

        ``chance`` is a number from 0 to 1, drawn by the caller.
        """
        if failures >= self.max_attempts:
            return None
        return self.backoff.delay(failures) * (1 + self.jitter * chance)
