"""SIGTERM handled like Ctrl-C, so that both clean up in the same way."""

from __future__ import annotations

import signal
from types import FrameType


def interrupt_on_sigterm() -> None:
    """Raise KeyboardInterrupt in the main thread on SIGTERM."""
    signal.signal(signal.SIGTERM, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
