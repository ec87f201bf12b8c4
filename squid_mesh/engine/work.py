"""A slice of a worker's time: claim, invoke, settle and go on, until nothing is due or the time is over."""

from __future__ import annotations

import logging
import os
import socket
import time

from django.db import InterfaceError, OperationalError, connections

from squid_mesh import conf
from squid_mesh.engine.claim import claim_next
from squid_mesh.engine.frame import Frame
from squid_mesh.engine.heartbeat import HEARTBEAT
from squid_mesh.engine.invoke import invoke
from squid_mesh.engine.settle import Execution, settle
from squid_mesh.store.values import Claim

logger = logging.getLogger("squid_mesh.engine")

#: How often a settle is repeated after the database connection was lost, with doubling waits from 0.1 s.
_SETTLE_TRIES = 6


def worker_name() -> str:
    """This process, as attempts name it."""
    return f"{socket.gethostname()}:{os.getpid()}"


def work(seconds: float) -> tuple[int, bool]:
    """Execute due steps for about so many seconds.

    Returns how many were executed, and whether it stopped because the time was over.
    """
    until = time.monotonic() + seconds
    executed = 0
    while time.monotonic() < until:
        settings = conf.current()
        claimed = claim_next(worker_name(), settings)
        if claimed is None:
            return executed, False
        claim: Claim | None = claimed.claim
        frame = Frame.open(claimed.head, settings.DATABASE)
        while claim is not None:
            claim = _execute(claim, frame, until, settings.DATABASE)
            executed += 1
    return executed, True


def _execute(claim: Claim, frame: Frame, until: float, using: str) -> Claim | None:
    step = frame.blueprint.by_name[claim.name]
    with HEARTBEAT.keeping(claim, step.timeout):
        frame.prepare(claim.name, using)
        result, given = invoke(claim, frame)
    go_on = time.monotonic() < until
    return _settle_surely(Execution(claim, frame, result, given, go_on), using)


def _settle_surely(done: Execution, using: str) -> Claim | None:
    """Settle, again and again where the connection drops; if it stays away, the lease's end takes over."""
    for attempt in range(_SETTLE_TRIES):
        try:
            return settle(done)
        except (OperationalError, InterfaceError):
            if connections[using].in_atomic_block or attempt == _SETTLE_TRIES - 1:
                raise
            logger.warning("Settling step %s failed; trying again.", done.claim.name, exc_info=True)
            connections[using].close()
            time.sleep(0.1 * 2**attempt)
    return None
