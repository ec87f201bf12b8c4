"""Recovering steps from lost workers: their lease has expired, and their attempt counts as interrupted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction

from squid_mesh import conf
from squid_mesh.engine.announcements import announce_step
from squid_mesh.engine.status import update_run_status
from squid_mesh.engine.worker.traced import trace_lost_attempt
from squid_mesh.exceptions import UnreadableDefinition
from squid_mesh.hooks import GuardedLogger
from squid_mesh.lifecycle import (
    AttemptOutcome,
    EventType,
    RunStatus,
    StepStatus,
    Unrecognized,
    WaitingFor,
    after_lost_worker,
    move_step,
    read_value,
)
from squid_mesh.models import Run, StepRun
from squid_mesh.store.backend import backend_of
from squid_mesh.store.claims import (
    claim_of,
    end_leases,
    find_expired_leases,
    interrupt_step,
    lock_expired_step,
    record_attempt,
)
from squid_mesh.store.definitions import read_blueprint_with
from squid_mesh.store.events import append_events
from squid_mesh.store.runs import lock_run_if_free
from squid_mesh.store.values import Event

logger = GuardedLogger("squid_mesh.engine")


#: The event of a step that waits now because its worker was lost.
_EVENTS: Final = {
    WaitingFor.OUTCOME: EventType.OUTCOME_UNKNOWN,
    WaitingFor.CRASH_CAP: EventType.CRASH_CAP_REACHED,
}


def recover_lost_steps() -> int:
    """Recover the steps whose lease has expired, at most 100; return how many were recovered.

    A step that can't be recovered is logged and left, so that it doesn't block the others.
    """
    settings = conf.current()
    recovered = 0
    for lease in find_expired_leases(settings.DATABASE):
        try:
            recovered += _recover_step(lease.step_id, lease.run_id, settings)
        except (OperationalError, InterfaceError):
            raise
        except UnreadableDefinition as error:  # from now on its steps are left to others
            logger.error(
                "Step %s of run %s can't be recovered. %s", lease.step_id, lease.run_id, error.message
            )
        except Exception:
            logger.exception("Step %s of run %s can't be recovered.", lease.step_id, lease.run_id)
    return recovered


def take_back(tokens: Sequence[UUID]) -> int:
    """Recover the steps of these claims, whose process is known to be dead; return how many there were.

    A token belongs to one claim of one process, so no claim of another is touched. A step that can't be
    recovered now has an expired lease afterwards, like those of other lost workers.
    """
    using = conf.database()
    taken = end_leases(tokens, using)
    if taken:
        recover_lost_steps()
        backend_of(using).notify_workers()
    return taken


def _recover_step(step_id: int, run_id: UUID, settings: conf.Settings) -> bool:
    using = settings.DATABASE
    with transaction.atomic(using=using):
        run = lock_run_if_free(run_id, using)
        step = None if run is None else lock_expired_step(step_id, using)
        if run is None or step is None or step.claim_token is None or step.started_at is None:
            return False
        run_status = read_value(RunStatus, run.status)
        if isinstance(run_status, Unrecognized):  # a newer version recovers the step
            return False
        record_attempt(claim_of(step), AttemptOutcome.INTERRUPTED, None, using)
        status, waiting_for = _next_status(step, run, run_status, settings)
        interrupt_step(step, move_step(StepStatus.RUNNING, status), waiting_for, using)
        append_events(run_id, [_event_of(step, waiting_for)], using)
        announce_step(run_id, run.workflow, step.name, StepStatus.RUNNING, status, using, visit=step.visit)
        transaction.on_commit(partial(trace_lost_attempt, run, step), using=using, robust=True)
        update_run_status(run, using)
        backend_of(using).notify_workers()
    return True


def _next_status(
    step: StepRun, run: Run, run_status: RunStatus, settings: conf.Settings
) -> tuple[StepStatus, WaitingFor | None]:
    own = read_blueprint_with(step.name, run.definition_id, settings.DATABASE).by_name[step.name]
    return after_lost_worker(
        run_status,
        on_crash=own.on_crash,
        crashes=step.crashes + 1,
        cap=settings.CRASH_CAP,
    )


def _event_of(step: StepRun, waiting_for: WaitingFor | None) -> Event:
    kind = EventType.ATTEMPT_INTERRUPTED if waiting_for is None else _EVENTS[waiting_for]
    return Event(type=kind, step=step.name, data={"attempt": step.attempt_number, "worker": step.worker})
