"""The result of executing a step: a closed union."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from squid_mesh.definitions.request import Request
from squid_mesh.store.values import Json, SecretPaths


@dataclass(frozen=True, slots=True)
class Done:
    """The step completed, with the label of the edges to take. ``secrets`` are the paths in its output."""

    label: str
    output: Json
    secrets: SecretPaths = None


@dataclass(frozen=True, slots=True)
class Bypassed:
    """The step's guard was false: it has no output, and its ``ok`` edges are taken."""


@dataclass(frozen=True, slots=True)
class Failure:
    """The step failed. ``delay`` (seconds) overrides the backoff; ``retryable`` False ends the step now."""

    error: Mapping[str, Any]
    retryable: bool = True
    delay: float | None = None
    timed_out: bool = False


@dataclass(frozen=True, slots=True)
class Deferred:
    """The step isn't done yet and runs again after that many seconds."""

    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class Sleeping:
    """The step waits for that many seconds and is done then."""

    seconds: float


@dataclass(frozen=True, slots=True)
class CodeNotFound:
    """The step's code isn't installed here. ``path`` is where it should be."""

    error: Mapping[str, Any]
    path: str = ""


@dataclass(frozen=True, slots=True)
class InputUnreadable:
    """The step's code wasn't called, because a stored value that it needs can't be read."""

    error: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Held:
    """The step waits for people to answer, at most that many seconds; None: without a limit."""

    request: Request
    seconds: float | None


Result = Done | Bypassed | Failure | Deferred | Sleeping | CodeNotFound | InputUnreadable | Held
