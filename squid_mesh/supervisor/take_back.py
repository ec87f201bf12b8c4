"""Taking back the claims of dead workers, in a short-lived child: the supervisor uses no database."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from squid_mesh.dispatch.defaults import prepare_connections
from squid_mesh.engine.recovery import take_back
from squid_mesh.hooks import GuardedLogger
from squid_mesh.processes.stop_signals import STOP_SIGNALS

logger = GuardedLogger("squid_mesh.supervisor")

#: Seconds after which a child that waits for the database is killed. Then the leases expire as without it.
_LONGEST: Final = 10.0
#: Seconds until the second attempt. A server may commit a claim after the process that asked for it has died.
_AGAIN: Final = 1.0
#: Seconds that a child gets when the supervisor ends.
_LAST_SECONDS: Final = 3.0


class TakingBack:
    """The claims to take back, and the child that does so."""

    def __init__(self) -> None:
        self._waiting: list[tuple[float, list[UUID]]] = []
        self.child: int | None = None
        self._started_at = 0.0

    def add(self, tokens: Sequence[UUID]) -> None:
        """Take back these claims now, and once more a second later."""
        if tokens:
            now = time.monotonic()
            self._waiting += [(now, list(tokens)), (now + _AGAIN, list(tokens))]

    def go_on(self) -> None:
        """Start a child if claims wait, and end one that takes too long. Never waits."""
        now = time.monotonic()
        if self.child is not None:
            if now - self._started_at > _LONGEST:
                logger.error("Claims of dead workers can't be taken back; their leases expire.")
                os.kill(self.child, signal.SIGKILL)
            if os.waitpid(self.child, os.WNOHANG)[0] == self.child:
                self.child = None
        due = [tokens for at, tokens in self._waiting if at <= now]
        if due and self.child is None:
            self._waiting = [(at, tokens) for at, tokens in self._waiting if at > now]
            self.child, self._started_at = _fork([token for tokens in due for token in tokens]), now

    def finish(self) -> None:
        """Take back what is due, and wait for that a few seconds. This process ends afterwards."""
        now = time.monotonic()
        self._waiting = [(at, tokens) for at, tokens in self._waiting if at <= now]
        while (self._waiting or self.child is not None) and time.monotonic() < now + _LAST_SECONDS:
            self.go_on()
            time.sleep(0.02)


def _fork(tokens: Sequence[UUID]) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        prepare_connections()
        taken = take_back(tokens)
        if taken:
            logger.warning("Steps taken back from dead workers: %d.", taken)
        code = 0
    except BaseException:
        logger.exception("Claims of dead workers can't be taken back; their leases expire.")
    finally:
        os._exit(code)
