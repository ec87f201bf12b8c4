"""What an execution of a step came to: a closed union, matched once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from squid_mesh.definitions.request import Request
from squid_mesh.store.values import Json


@dataclass(frozen=True, slots=True)
class Done:
    """It ended well, with the label of the routes to take."""

    label: str
    output: Json


@dataclass(frozen=True, slots=True)
class Bypassed:
    """Its guard was false: it has no output, and the way goes on."""


@dataclass(frozen=True, slots=True)
class Failure:
    """It failed. ``delay`` in seconds overrides the backoff; ``retryable`` False ends the step now."""

    error: Mapping[str, Any]
    retryable: bool = True
    delay: float | None = None
    timed_out: bool = False


@dataclass(frozen=True, slots=True)
class Deferred:
    """It isn't done yet and runs again after that many seconds."""

    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class Sleeping:
    """It waits for that many seconds and is done then."""

    seconds: float


@dataclass(frozen=True, slots=True)
class CodeNotFound:
    """Its code isn't installed here."""

    error: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Held:
    """It asks people, and is held until they have answered; for that many seconds, where that is limited."""

    request: Request
    seconds: float | None


Result = Done | Bypassed | Failure | Deferred | Sleeping | CodeNotFound | Held
