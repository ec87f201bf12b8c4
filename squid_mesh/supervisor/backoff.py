"""How long a supervisor waits before it starts the next tree, and when it gives up."""

from __future__ import annotations

from typing import Final

#: Seconds that a tree must have lived for the next one to start at once.
_LONG_LIFE: Final = 10.0
#: The pauses double. A tree that was ready works again soon: it or one of its processes was killed.
_FIRST_PAUSE: Final = 0.25
_LONGEST_PAUSE: Final = 2.0
_LONGEST_PAUSE_OF_FAILED_STARTS: Final = 8.0
#: That many trees in a row that never became ready will not become ready by waiting.
_FAILED_STARTS: Final = 5


class Backoff:
    """Counts trees that ended soon after their start."""

    def __init__(self) -> None:
        self._short = 0
        self._failed_starts = 0

    def next_pause(self, *, was_ready: bool, age: float) -> float | None:
        """Return how many seconds to wait after a tree of that age has failed; None to give up."""
        if was_ready and age >= _LONG_LIFE:
            self._short = self._failed_starts = 0
            return 0.0
        self._short += 1
        self._failed_starts = 0 if was_ready else self._failed_starts + 1
        if self._failed_starts >= _FAILED_STARTS:
            return None
        longest = _LONGEST_PAUSE if was_ready else _LONGEST_PAUSE_OF_FAILED_STARTS
        return min(_FIRST_PAUSE * float(1 << min(self._short - 1, 10)), longest)
