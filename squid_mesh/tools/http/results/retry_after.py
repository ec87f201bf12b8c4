"""Which statuses are worth another attempt, and how long the other side asks to wait before it."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

#: Request timeout, too early, too many requests; beside them all of 5xx.
_PASSING: Final = frozenset({408, 425, 429})


def is_retryable_status(status: int) -> bool:
    """Whether an answer of that status may be another one later."""
    return status in _PASSING or 500 <= status <= 599


def parse_retry_after(header: str | None, now: datetime, limit: float) -> float | None:
    """Seconds that a ``Retry-After`` header asks for, ``limit`` at most; None if it asks for no wait.

    The header holds whole seconds or an HTTP date. What is neither, or is over already, asks for nothing.
    """
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        seconds = float(text[:12])
    else:
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError):
            return None
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        seconds = (aware - now).total_seconds()
    return min(seconds, limit) if seconds > 0 else None
