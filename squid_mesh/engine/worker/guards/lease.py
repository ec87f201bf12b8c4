"""Renewing the leases of steps that run long, and ending a worker whose step can't be stopped."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final, Self

from django.db import Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from squid_mesh import conf
from squid_mesh.engine.worker.guards.timekeeper import TIMEOUTS, Entry, Timekeeper
from squid_mesh.hooks import GuardedLogger
from squid_mesh.processes.own import ShownExecution, show_execution
from squid_mesh.store.claims import renew_lease
from squid_mesh.store.values import Claim

logger = GuardedLogger("squid_mesh.engine")

#: The exit code of a worker whose step can't be stopped.
_STUCK: Final = 70
#: Seconds that a process which ends itself waits for its log handlers.
_LAST_WORDS: Final = 1.0
#: Seconds until a renewal that failed is tried again, at most.
_AGAIN: Final = 1.0


class HeldLease:
    """The lease of one claim that this process holds, by the settings that held at its start.

    A context manager: the lease is renewed, and shown to the supervisor, while its body runs.
    """

    def __init__(
        self, claim: Claim, timeout: float | None, renew: Callable[[HeldLease], Callable[[], None]]
    ) -> None:
        """``timeout``: of the step, in seconds. ``renew`` starts the renewal and returns what ends it."""
        self.claim = claim
        self.settings = conf.current()
        self.renewed = time.monotonic()
        self.ended = False
        self.deadline = None
        if timeout is not None:
            self.deadline = self.renewed + timeout + self.settings.TIMEOUT_GRACE_SECONDS
        self._limit: Entry | None = None
        self._shown: ShownExecution | None = None
        self._renew = renew
        self._stop_renewal: Callable[[], None] | None = None

    def __enter__(self) -> Self:
        """Start to renew the lease."""
        try:
            self._start()
            self._stop_renewal = self._renew(self)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *raised: object) -> None:
        """Stop renewing it."""
        self._end()

    def _start(self) -> None:
        """Show the claim to the supervisor, and end this process at the deadline."""
        self._shown = show_execution(
            self.claim.token,
            lease=self.settings.LEASE_SECONDS,
            renewed=self.renewed,
            deadline=self.deadline,
        )
        if self.deadline is not None:
            self._limit = TIMEOUTS.call_at(self.deadline, partial(end_if_stuck, self))

    def end_deadline(self) -> None:
        """Let what follows take any time: the step's code has ended."""
        if self.deadline is None:
            return
        self.deadline = None
        if self._limit is not None:
            TIMEOUTS.cancel(self._limit)
        if self._shown is not None:
            self._shown.end_deadline(self.renewed)

    def _end(self) -> None:
        """Note that this process no longer holds the lease."""
        self.ended = True
        self.deadline = None
        if self._limit is not None:
            TIMEOUTS.cancel(self._limit)
        if self._shown is not None:
            self._shown.end()
        if self._stop_renewal is not None:
            self._stop_renewal()

    def note_renewed(self, now: float) -> None:
        """Note that the lease was renewed at that time."""
        self.renewed = now
        if self._shown is not None:
            self._shown.note_renewed(now)

    def held_until(self, since: float) -> float:
        """Return when the lease ends, on the monotonic clock, if it was held at that time.

        Each renewal since then extends it.
        """
        return max(since, self.renewed) + conf.current().LEASE_SECONDS


class LeaseRenewal:
    """One thread for each process, which sleeps unless a step outlasts a third of its lease.

    It renews the leases of any number of claims: each thread of a process may execute a step. It can't run
    while a step's code holds the interpreter's lock; then the supervisor renews the lease, if there is one.

    A step that still runs ``TIMEOUT_GRACE_SECONDS`` after its timeout is in code that no signal reaches. The
    process ends then, the lease expires, and another worker records the attempt as interrupted.
    """

    def __init__(self) -> None:
        self._thread = Timekeeper("squid-mesh-lease", self._close_connection)
        #: The thread's connection, while it has one. A process that a step forks must not close it.
        self._connection: BaseDatabaseWrapper | None = None

    def renewing(self, claim: Claim, timeout: float | None) -> HeldLease:
        """Return the lease. While its block runs, it is renewed by the settings that hold now."""
        return HeldLease(claim, timeout, self._begin)

    def _begin(self, held: HeldLease) -> Callable[[], None]:
        """Renew the lease from now on; return what ends that."""
        first = held.renewed + held.settings.LEASE_SECONDS / 3
        return partial(self._thread.cancel, self._thread.call_at(first, partial(self._renew, held)))

    def _renew(self, held: HeldLease) -> float | None:
        """Renew the lease; return when to do so again, and None if it is lost."""
        now, claim, settings = time.monotonic(), held.claim, held.settings
        connection = self._connection = connections[settings.DATABASE]
        try:
            is_held = renew_lease(claim.step_id, claim.token, settings.LEASE_SECONDS, settings.DATABASE)
        except Error:
            logger.warning("Renewing the lease of step %s failed.", claim.name, exc_info=True)
            connection.close()
            return now + min(settings.LEASE_SECONDS / 3, _AGAIN)
        if is_held:
            held.note_renewed(now)
            return now + settings.LEASE_SECONDS / 3
        if not held.ended:
            logger.warning("The lease of step %s of run %s is lost.", claim.name, claim.run_id)
        return None

    def _close_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Error):
                connection.close()


def end_if_stuck(held: HeldLease) -> None:
    """End this process if the step's code still runs at its deadline."""
    if held.deadline is not None:
        message = "Step %s of run %s can't be stopped at its timeout: ending this worker."
        arguments = (message, held.claim.name, held.claim.run_id)
        # The step may be stuck in a log handler, with its lock.
        report = threading.Thread(target=logger.critical, args=arguments, daemon=True)
        report.start()
        report.join(_LAST_WORDS)
        os._exit(_STUCK)


LEASE_RENEWAL = LeaseRenewal()
