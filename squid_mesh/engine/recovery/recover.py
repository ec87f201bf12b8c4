"""Taking steps back from workers that are lost: their lease is over, their attempt was interrupted."""

from __future__ import annotations

import logging
from functools import partial
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction

from squid_mesh import conf
from squid_mesh.engine import announce
from squid_mesh.engine.status import update_run_status
from squid_mesh.engine.worker.spans import trace_lost_attempt
from squid_mesh.lifecycle import (
    AttemptOutcome,
    EventType,
    RunStatus,
    StepStatus,
    WaitingFor,
    after_lost_worker,
    move_step,
)
from squid_mesh.models import Run, StepRun
from squid_mesh.store.backend import backend_of
from squid_mesh.store.claims import (
    claim_of,
    find_expired_leases,
    interrupt_step,
    lock_expired_step,
    record_attempt,
)
from squid_mesh.store.definitions import read_blueprint
from squid_mesh.store.events import append_events
from squid_mesh.store.runs import lock_run_if_free
from squid_mesh.store.values import Event

logger = logging.getLogger("squid_mesh.engine")


def recover() -> int:
    """Take back every step whose lease is over; how many there were.

    One that can't be taken back is told of and left, so that it doesn't hold up the others.
    """
    settings = conf.current()
    taken = 0
    for lease in find_expired_leases(settings.DATABASE):
        try:
            taken += _take_back(lease.step_id, lease.run_id, settings)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            logger.exception("Step %s of run %s can't be taken back.", lease.step_id, lease.run_id)
    return taken


def _take_back(step_id: int, run_id: UUID, settings: conf.Settings) -> bool:
    using = settings.DATABASE
    with transaction.atomic(using=using):
        run = lock_run_if_free(run_id, using)
        step = None if run is None else lock_expired_step(step_id, using)
        if run is None or step is None or step.claim_token is None or step.started_at is None:
            return False
        record_attempt(claim_of(step), AttemptOutcome.INTERRUPTED, None, using)
        status, waiting_for = _verdict(step, run, settings)
        interrupt_step(step, move_step(StepStatus.RUNNING, status), waiting_for, using)
        append_events(run_id, [_event(step, waiting_for)], using)
        announce.step_moved(
            run_id, run.workflow, step.name, StepStatus.RUNNING, status, using, visit=step.visit
        )
        transaction.on_commit(partial(trace_lost_attempt, run, step), using=using, robust=True)
        update_run_status(run, using)
        backend_of(using).notify_workers()
    return True


def _verdict(step: StepRun, run: Run, settings: conf.Settings) -> tuple[StepStatus, WaitingFor | None]:
    own = read_blueprint(run.definition_id, settings.DATABASE).by_name[step.name]
    return after_lost_worker(
        RunStatus(run.status),
        on_crash=own.on_crash,
        crashes=step.crashes + 1,
        cap=settings.CRASH_CAP,
    )


def _event(step: StepRun, waiting_for: WaitingFor | None) -> Event:
    kinds = {WaitingFor.OUTCOME: EventType.OUTCOME_UNKNOWN, WaitingFor.CRASH_CAP: EventType.CRASH_CAP_REACHED}
    kind = (
        kinds.get(waiting_for, EventType.ATTEMPT_INTERRUPTED)
        if waiting_for
        else EventType.ATTEMPT_INTERRUPTED
    )
    return Event(type=kind, step=step.name, data={"attempt": step.attempt_number, "worker": step.worker})
