"""A short-lived child of the supervisor that uses the database: the supervisor itself uses none."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from squid_mesh.dispatch.defaults import prepare_connections
from squid_mesh.hooks import GuardedLogger
from squid_mesh.processes.stop_signals import STOP_SIGNALS

logger = GuardedLogger("squid_mesh.supervisor")

#: Seconds after which a child that waits for the database is killed.
_LONGEST: Final = 10.0


class Child:
    """At most one child at a time, which calls one function and ends."""

    def __init__(self, problem: str) -> None:
        """``problem``: what the log says if the child fails or takes too long."""
        self._problem = problem
        self.pid: int | None = None
        self.started_at = 0.0
        self.succeeded = False

    def start(self, work: Callable[[], None]) -> None:
        """Start a child that does the work. There must be none."""
        self.started_at, self.succeeded = time.monotonic(), False
        self.pid = os.fork() or self._do(work)

    def is_running(self) -> bool:
        """Return whether there is a child. One that takes too long is killed. Never waits."""
        if self.pid is None:
            return False
        try:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
        except ChildProcessError:  # reaped with the processes of a killed tree
            ended, status = self.pid, 1
        if ended:
            self.pid, self.succeeded = None, status == 0
            return False
        if time.monotonic() - self.started_at > _LONGEST:
            logger.error(self._problem)
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        return True

    def end(self) -> None:
        """Kill the child, if there is one."""
        if self.is_running() and self.pid is not None:
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
            self.pid = None

    def _do(self, work: Callable[[], None]) -> int:
        """Do the work, in the child."""
        code = 1
        try:
            for number in STOP_SIGNALS:
                signal.signal(number, signal.SIG_DFL)
            prepare_connections()
            work()
            code = 0
        except BaseException:
            logger.exception(self._problem)
        finally:
            os._exit(code)
