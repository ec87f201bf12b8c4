"""Taking back the claims of dead workers, in a short-lived child."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import Final
from uuid import UUID

from squid_mesh.engine.recovery import take_back
from squid_mesh.hooks import GuardedLogger
from squid_mesh.supervisor.child import Child

logger = GuardedLogger("squid_mesh.supervisor")

#: Seconds until the second attempt. A server may commit a claim after the process that asked for it has died.
_AGAIN: Final = 1.0
#: Seconds that a child gets when the supervisor ends.
_LAST_SECONDS: Final = 3.0


class TakingBack:
    """The claims to take back, and the child that does so."""

    def __init__(self) -> None:
        self._waiting: list[tuple[float, list[UUID]]] = []
        self._child = Child("Claims of dead workers can't be taken back; their leases expire.")

    @property
    def child(self) -> int | None:
        """Return the child's process id; None if there is none."""
        return self._child.pid

    def add(self, tokens: Sequence[UUID]) -> None:
        """Take back these claims now, and once more a second later."""
        if tokens:
            now = time.monotonic()
            self._waiting += [(now, list(tokens)), (now + _AGAIN, list(tokens))]

    def go_on(self) -> None:
        """Start a child if claims wait, and end one that takes too long. Never waits."""
        now = time.monotonic()
        due = [tokens for at, tokens in self._waiting if at <= now]
        if not self._child.is_running() and due:
            self._waiting = [(at, tokens) for at, tokens in self._waiting if at > now]
            self._child.start(partial(_take_back, [token for tokens in due for token in tokens]))

    def finish(self) -> None:
        """Take back what is due, and wait for that a few seconds. This process ends afterwards."""
        now = time.monotonic()
        self._waiting = [(at, tokens) for at, tokens in self._waiting if at <= now]
        while (self._waiting or self.child is not None) and time.monotonic() < now + _LAST_SECONDS:
            self.go_on()
            time.sleep(0.02)


def _take_back(tokens: Sequence[UUID]) -> None:
    taken = take_back(tokens)
    if taken:
        logger.warning("Steps taken back from dead workers: %d.", taken)
