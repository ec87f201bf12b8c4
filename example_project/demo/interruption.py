"""SIGTERM made to behave like Ctrl-C, so that one way out cleans up after both."""

from __future__ import annotations

import signal
from types import FrameType


def let_sigterm_interrupt() -> None:
    """From now on SIGTERM raises KeyboardInterrupt in the main thread."""
    signal.signal(signal.SIGTERM, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
