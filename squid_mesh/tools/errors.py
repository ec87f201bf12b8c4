"""What a tool raises: an error that says by itself whether another attempt is worth it, and when."""

from __future__ import annotations

from math import isfinite
from typing import Any

from squid_mesh.exceptions import SquidMeshError


class ToolError(SquidMeshError):
    """Base of every tool's errors. A step lets it escape, and the engine acts on what it says.

    ``kind`` tells apart what went wrong, in a word; ``retryable`` says whether another attempt may succeed;
    ``delay`` is the seconds that the other side asks to wait, None to leave it to the step's backoff.
    ``details`` are JSON-ready. They and the message are stored and shown, so neither may hold a secret.
    """

    code = "tool_error"

    def __init__(
        self, message: str, *, kind: str, retryable: bool, delay: float | None = None, **details: Any
    ) -> None:
        if delay is not None and not (isfinite(delay) and delay >= 0):
            raise ValueError("A tool's delay is a number of seconds of at least 0.")
        super().__init__(message, kind=kind, **details)
        self.kind = kind
        self.retryable = retryable
        self.delay = delay
