"""A slice of a worker's time: claim, invoke and settle, until nothing is due or the time is up."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from django.db import DataError, Error, IntegrityError, connections

from squid_mesh import conf
from squid_mesh.engine.claim import (
    claim_next,
    forget_unanswered,
    giving_back_later,
    next_token,
    release,
    remember_unanswered,
)
from squid_mesh.engine.connection_errors import drop_connection, is_connection_error, log_connection_error
from squid_mesh.engine.run_memory import RunMemory
from squid_mesh.engine.settle.execution import Execution, settle_and_claim_next
from squid_mesh.engine.settle.results import CodeNotFound, Failure
from squid_mesh.engine.worker.guards.forks import guard_forks
from squid_mesh.engine.worker.guards.leaked_transactions import (
    TransactionState,
    read_transaction_states,
    roll_back_leaked,
)
from squid_mesh.engine.worker.guards.lease import LEASE_RENEWAL, HeldLease
from squid_mesh.engine.worker.guards.surroundings import Surroundings
from squid_mesh.engine.worker.missing_code import check_again, leave_to_others
from squid_mesh.engine.worker.traced import invoke_traced
from squid_mesh.exceptions import UnreadableDefinition
from squid_mesh.hooks import GuardedLogger
from squid_mesh.processes import own
from squid_mesh.store.values import Claim, Claimed

logger = GuardedLogger("squid_mesh.engine")

#: After a lost connection a worker settles again, with doubling waits between these, in seconds.
_FIRST_WAIT = 0.1
_LONGEST_WAIT = 2.0
#: Errors of a result that the database can't store: from the driver, or from a constraint on JSON.
_UNSTORABLE = (DataError, IntegrityError, OverflowError, ValueError, RecursionError)


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceResult:
    """How many steps a slice executed, and whether its time was up before nothing was due."""

    executed: int
    time_is_up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Slice:
    """What holds for a slice: when it ends, its database, and what is restored after each step."""

    until: float
    using: str
    surroundings: Surroundings
    transactions: Mapping[str, TransactionState]

    def may_go_on(self) -> bool:
        """Return whether this worker may claim another step."""
        return time.monotonic() < self.until and not own.is_stopping()


def worker_name() -> str:
    """Return the name of this process in attempts: host and process id."""
    return f"{socket.gethostname()}:{os.getpid()}"


def work_for(seconds: float, *, when_looked: Callable[[], None] = lambda: None) -> SliceResult:
    """Execute due steps for about that many seconds, or until this process's cluster was asked to stop.

    A step that has started is never cut short. ``when_looked`` is called once the first step was claimed,
    or none was found.
    """
    work = _Slice(
        until=time.monotonic() + seconds,
        using=conf.database(),
        surroundings=Surroundings.read(),
        transactions=read_transaction_states(),
    )
    executed = 0
    while work.may_go_on():
        settings = conf.current()
        check_again(settings)
        claimed = claim_next(worker_name(), settings)
        if executed == 0:
            when_looked()
        if claimed is None:
            return SliceResult(executed=executed, time_is_up=False)
        claim: Claim | None = claimed.claim
        with giving_back_later(claimed.claim.token):
            memory = _open_memory(claimed, settings)
        while memory is not None and claim is not None:
            claim = _execute(claim, memory, work)
            executed += 1
    return SliceResult(executed=executed, time_is_up=True)


def _open_memory(claimed: Claimed, settings: conf.Settings) -> RunMemory | None:
    """Return the memory of the claimed step's run; None if its definition can't be read: it is given back."""
    claim = claimed.claim
    try:
        return RunMemory.open(claimed.head, settings.DATABASE, step=claim.name)
    except UnreadableDefinition as error:
        message = "Step %s of run %s is left to other clusters. %s"
        logger.error(message, claim.name, claim.run_id, error.message)
        release(claimed, settings)
        return None


def _execute(claim: Claim, memory: RunMemory, work: _Slice) -> Claim | None:
    """Execute and settle the claimed step; return the run's next step, claimed, if there is one."""
    step = memory.blueprint.by_name[claim.name]
    with LEASE_RENEWAL.renewing(claim, step.timeout) as held:
        with giving_back_later(claim.token):
            memory.load_ancestors(claim.name, work.using)
        try:
            with guard_forks():
                invocation = invoke_traced(claim, memory)
        finally:
            work.surroundings.restore()
        held.end_deadline()
        result = roll_back_leaked(invocation.result, work.transactions)
        if isinstance(result, CodeNotFound) and leave_to_others(
            claim, memory.head.fingerprint, result, conf.current()
        ):
            return None
        execution = Execution(
            claim=claim,
            memory=memory,
            result=result,
            given=invocation.given,
            go_on=work.may_go_on(),
        )
        return _settle_storable(execution, work.using, held)


def _settle_storable(execution: Execution, using: str, held: HeldLease) -> Claim | None:
    """Settle. If the database can't store the result, the step fails; it doesn't run again."""
    try:
        return _settle_persistently(execution, using, held)
    except _UNSTORABLE as error:
        logger.exception("The result of step %s can't be stored.", execution.claim.name)
        described = {
            "type": "DataError",
            "code": "unstorable_result",
            "message": f"The database can't store the step's result: {error}",
        }
        failure = Failure(described, retryable=False)
        return _settle_persistently(replace(execution, result=failure, given=None), using, held)


def _settle_persistently(execution: Execution, using: str, held: HeldLease) -> Claim | None:
    """Settle, and repeat it on a new connection after an error of the connection, until the lease has ended.

    While a database fails over, no other worker may have the step. If the database stays away, the lease
    expires, and a settle after that writes nothing. An error may hide that the settle was committed: then
    it isn't written again, and the next step, which that settle claimed, is given back.
    """
    started, wait = time.monotonic(), _FIRST_WAIT
    while True:
        try:
            claim = settle_and_claim_next(execution)
            if claim is not None:
                forget_unanswered(next_token(execution.claim))
            return claim
        except Error as error:
            if _is_too_large(error):
                raise DataError(str(error)) from error
            if connections[using].in_atomic_block or not is_connection_error(error):
                raise
            remember_unanswered(next_token(execution.claim))
            if time.monotonic() + wait > held.held_until(started):
                raise
            message = "Settling step %s failed; trying again on a new connection."
            log_connection_error(logger, error, message, execution.claim.name)
            drop_connection(using)
            time.sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT)


def _is_too_large(error: Exception) -> bool:
    """Return whether the database refused the size of a value: PostgreSQL's class 54, MySQL's packet."""
    state = getattr(error.__cause__, "sqlstate", None) or ""
    return state.startswith("54") or error.args[:1] == (1153,)
