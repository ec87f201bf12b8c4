"""The base class of tool errors, which says whether and when the engine retries."""

from __future__ import annotations

from math import isfinite
from typing import Any

from squid_mesh.exceptions import SquidMeshError


class ToolError(SquidMeshError):
    """The base of all tool errors. A step lets it pass, and the engine retries the step or not.

    The message and ``details`` are stored and shown, so they must not contain secrets.

    Args:
        message: what happened, one sentence.
        kind: the type of error, one word.
        retryable: whether another attempt may succeed.
        delay: the seconds to wait before it, if the other system asks for that; None uses the step's backoff.
        details: further facts, JSON-ready.

    Raises:
        ValueError: ``delay`` is negative or not finite.
    """

    code = "tool_error"

    def __init__(
        self, message: str, *, kind: str, retryable: bool, delay: float | None = None, **details: Any
    ) -> None:
        if delay is not None and not (isfinite(delay) and delay >= 0):
            raise ValueError("ToolError: delay must be a number of seconds of at least 0.")
        super().__init__(message, kind=kind, **details)
        self.kind = kind
        self.retryable = retryable
        self.delay = delay
