"""A slice of a worker's time: claim, invoke, settle and go on, until nothing is due or the time is over."""

from __future__ import annotations

import logging
import os
import socket
import time
from dataclasses import replace

from django.db import DataError, IntegrityError, InterfaceError, OperationalError, connections

from squid_mesh import conf
from squid_mesh.engine.claim import claim_next
from squid_mesh.engine.run_memory import RunMemory
from squid_mesh.engine.settle.fast import Execution, settle
from squid_mesh.engine.settle.results import Failure
from squid_mesh.engine.worker.leaked_transactions import roll_back_leaked, transaction_states
from squid_mesh.engine.worker.lease import LEASE_RENEWAL
from squid_mesh.engine.worker.spans import invoke_traced
from squid_mesh.store.values import Claim

logger = logging.getLogger("squid_mesh.engine")

#: A settle is repeated after the database connection was lost, with doubling waits between these, in seconds.
_FIRST_WAIT = 0.1
_LONGEST_WAIT = 2.0
#: What says that a result can't be written, on the way to the database or by its constraints on JSON.
_UNSTORABLE = (DataError, IntegrityError, OverflowError, ValueError, RecursionError)


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
        memory = RunMemory.open(claimed.head, settings.DATABASE)
        while claim is not None:
            claim = _execute(claim, memory, until, settings.DATABASE)
            executed += 1
    return executed, True


def _execute(claim: Claim, memory: RunMemory, until: float, using: str) -> Claim | None:
    step = memory.blueprint.by_name[claim.name]
    with LEASE_RENEWAL.keeping(claim, step.timeout):
        memory.prepare(claim.name, using)
        before = transaction_states()
        result, given = invoke_traced(claim, memory)
        result = roll_back_leaked(result, before)
    go_on = time.monotonic() < until
    with LEASE_RENEWAL.keeping(claim, None):
        return _settle_storable(Execution(claim, memory, result, given, go_on), using)


def _settle_storable(done: Execution, using: str) -> Claim | None:
    """Settle; what the database refuses to hold is the step's failure, and no reason to run it again."""
    try:
        return _settle_surely(done, using)
    except _UNSTORABLE as error:
        logger.exception("The result of step %s can't be stored.", done.claim.name)
        told = {
            "type": "DataError",
            "code": "unstorable_result",
            "message": f"The database can't store what the step came to: {error}",
        }
        return _settle_surely(replace(done, result=Failure(told, retryable=False), given=None), using)


def _settle_surely(done: Execution, using: str) -> Claim | None:
    """Settle, again and again where the connection drops, for as long as a lease lasts.

    Meanwhile a database has failed over, and nobody else may have the step. If it stays away, the lease's end
    takes over, and a settle that comes after that writes nothing.
    """
    until, wait = time.monotonic() + conf.current().LEASE_SECONDS, _FIRST_WAIT
    while True:
        try:
            return settle(done)
        except (OperationalError, InterfaceError) as error:
            if _beyond_limits(error):
                raise DataError(str(error)) from error
            if connections[using].in_atomic_block or time.monotonic() + wait > until:
                raise
            logger.warning("Settling step %s failed; trying again.", done.claim.name, exc_info=True)
            connections[using].close()
            time.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)


def _beyond_limits(error: Exception) -> bool:
    """Whether the database refuses the size of what it was given: PostgreSQL's class 54, MySQL's packet."""
    state = getattr(error.__cause__, "sqlstate", None) or ""
    return state.startswith("54") or error.args[:1] == (1153,)
