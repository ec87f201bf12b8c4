"""Renewing the lease of a step that runs long, and ending a worker whose step can't be stopped."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error, connections

from squid_mesh import conf
from squid_mesh.hooks import GuardedLogger
from squid_mesh.store.claims import renew_lease
from squid_mesh.store.values import Claim

logger = GuardedLogger("squid_mesh.engine")


class LeaseRenewal:
    """One thread for each worker process, which sleeps unless a step outlasts a third of its lease.

    A step that still runs ``TIMEOUT_GRACE_SECONDS`` after its timeout is in code that no signal reaches. The
    process ends then, the lease expires, and another worker records the attempt as interrupted.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._claim: Claim | None = None
        self._settings = conf.Settings()
        self._timeout: float | None = None
        self._since = 0.0
        self._renewed: tuple[Claim, float] | None = None
        self._thread: threading.Thread | None = None
        self._pid = 0

    @contextmanager
    def renewing(self, claim: Claim, timeout: float | None) -> Iterator[None]:
        """Renew the claim's lease while the body runs, by the settings that hold at its start."""
        self._ensure_thread()
        with self._changed:
            self._claim, self._timeout, self._since = claim, timeout, time.monotonic()
            self._settings = conf.current()
        try:
            yield
        finally:
            with self._changed:
                self._claim = None

    def held_until(self, claim: Claim, since: float) -> float:
        """Return when the claim's lease ends, on the monotonic clock, if it was held at that time.

        Each renewal since then extends it.
        """
        renewed = self._renewed
        last = max(since, renewed[1]) if renewed is not None and renewed[0].token == claim.token else since
        return last + conf.current().LEASE_SECONDS

    def _ensure_thread(self) -> None:
        if self._pid != os.getpid() or self._thread is None or not self._thread.is_alive():
            self._pid = os.getpid()
            self._changed = threading.Condition()
            self._thread = threading.Thread(target=self._run, name="squid-mesh-lease", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            with self._changed:
                claim, settings = self._claim, self._settings
                age, timeout = time.monotonic() - self._since, self._timeout
            pause = settings.LEASE_SECONDS / 3
            if claim is not None and timeout is not None:
                self._end_if_stuck(claim, age - timeout - settings.TIMEOUT_GRACE_SECONDS)
                pause = min(pause, max(0.05, timeout + settings.TIMEOUT_GRACE_SECONDS - age))
            if claim is not None and age >= settings.LEASE_SECONDS / 3:
                self._renew(claim, settings)
            with self._changed:
                self._changed.wait(min(pause, 1.0) if claim is not None else min(pause, 0.5))

    def _renew(self, claim: Claim, settings: conf.Settings) -> None:
        now = time.monotonic()
        try:
            if not renew_lease(claim.step_id, claim.token, settings.LEASE_SECONDS, settings.DATABASE):
                logger.warning("The lease of step %s of run %s is lost.", claim.name, claim.run_id)
            else:
                self._renewed = (claim, now)
        except Error:
            logger.warning("Renewing the lease of step %s failed.", claim.name, exc_info=True)
            connections[settings.DATABASE].close()

    def _end_if_stuck(self, claim: Claim, overdue: float) -> None:
        if overdue > 0:
            logger.critical(
                "Step %s of run %s can't be stopped at its timeout: ending this worker.",
                claim.name,
                claim.run_id,
            )
            os._exit(70)


LEASE_RENEWAL = LeaseRenewal()
