"""Settling under the run's lock, with the run's steps read after that: right for every graph.

Workers settle a step's result this way, and operators what they decide instead.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from django.db import transaction

from squid_mesh import conf
from squid_mesh.engine.announcements import announce_settled, announce_step, log_after_commit
from squid_mesh.engine.claim import claim_sibling
from squid_mesh.engine.run_memory import RunMemory
from squid_mesh.engine.settle.ending import Ending, build_new_steps, count_ready, is_due_soon
from squid_mesh.engine.settle.events import error_by_step, error_of_run, events_of_settle
from squid_mesh.engine.settle.key_conflicts import refuse_key_conflict
from squid_mesh.engine.settle.rewinds import take_back_visits
from squid_mesh.graph.advance import Reached, advance
from squid_mesh.graph.ended import collect_ended, has_ended, taken_label
from squid_mesh.graph.rewind import find_rewind, rewind_by_route
from squid_mesh.graph.status import derive_run_status
from squid_mesh.lifecycle import (
    ENDING_RUN,
    OPEN_STEP,
    EventType,
    RunStatus,
    StepStatus,
    StoredStepStatus,
    StoredWaitingFor,
    Unrecognized,
    move_run,
    read_value,
)
from squid_mesh.models import Run
from squid_mesh.store.backend import backend_of
from squid_mesh.store.runs import lock_run
from squid_mesh.store.steps import cancel_idle_steps, read_current_steps, read_last_visit, read_step_error
from squid_mesh.store.values import Claim, Event, Json, NewStep, Settled, Settlement, StepChange, StepRow

_NEWER_STATUS: Final = "Run %s has status %s: a newer version wrote it. Not settled."


def settle_locked(ending: Ending, settings: conf.Settings) -> Claim | None:
    """Write the end of a step, and return the run's next step, claimed, if the worker goes on with it.

    Writes nothing and returns None if the claim is lost, or if a newer version wrote the run's status: only
    that version knows what an end changes then.
    """
    using, claim = settings.DATABASE, ending.claim
    with transaction.atomic(using=using):
        run = lock_run(claim.run_id, using, "status", "workflow")
        before = read_value(RunStatus, run.status)
        if isinstance(before, Unrecognized):
            log_after_commit(logging.ERROR, using, _NEWER_STATUS, run.pk, before)
            return None
        steps = read_current_steps(claim.run_id, using)
        mine = next((row for row in steps if row.id == claim.step_id and row.token == claim.token), None)
        if mine is None:
            return None
        ending.memory.forget_history({row.id for row in steps})
        others = [row for row in steps if row.id != claim.step_id]
        change = refuse_key_conflict(ending.change, ending.memory, claim, others, using)
        if before in ENDING_RUN:
            change, reached = _cut_short(change), Reached()
        else:
            mine = replace(mine, status=change.status, outcome=change.outcome)
            reached = _advance_by_rows(ending.memory, mine, others, using)
            if not reached.taken_back:
                ending.memory.remember_change(claim, change)
        return _write(replace(ending, change=change), reached, run, before, others, settings)


def _advance_by_rows(memory: RunMemory, mine: StepRow, others: Sequence[StepRow], using: str) -> Reached:
    if not has_ended(mine.status):
        return Reached()
    label = taken_label(mine.status, mine.outcome)
    back = find_rewind(memory.blueprint, mine.name, label)
    if back is not None:
        last = read_last_visit(memory.head.id, back.target, using)
        return rewind_by_route(back, memory.blueprint, mine, others, last)
    labels = collect_ended(memory.blueprint, others).labels
    known = {mine.name, *(row.name for row in others)}
    return advance(memory.blueprint, {**labels, mine.name: label}, known, mine.name)


def _write(
    ending: Ending,
    reached: Reached,
    run: Run,
    before: RunStatus,
    others: Sequence[StepRow],
    settings: conf.Settings,
) -> Claim | None:
    using, claim, change = settings.DATABASE, ending.claim, ending.change
    if reached.failed:
        others = _cancel_others(run, others, using)
    if reached.taken_back:
        others = _take_back(ending, reached, run, others, using)
    new_steps = build_new_steps(reached, ending)
    failing = collect_ended(ending.memory.blueprint, others).failing
    after = _status_after_write(before, change, new_steps, others, failed=reached.failed, left=bool(failing))
    events = _rewind_events(ending, reached) + events_of_settle(
        ending.memory.blueprint, claim, change, before, after
    )
    settlement = Settlement(
        claim=claim,
        change=change,
        lease=settings.LEASE_SECONDS,
        expect=before,
        new_steps=new_steps,
        run_status=None if after is before else move_run(before, after),
        run_error=_error_after(ending, reached, before, after, failing, using),
        events=events,
        notify=is_due_soon(change) or count_ready(new_steps) > 0,
    )
    settled = backend_of(using).settle(settlement)
    if settled is None:
        transaction.set_rollback(True, using=using)
        return None
    announce_settled(ending.memory.head.workflow, settlement, settled, ending.was, after, using)
    return settled.next or _claim_sibling(ending, settled, others, settings)


def _claim_sibling(
    ending: Ending, settled: Settled, others: Sequence[StepRow], settings: conf.Settings
) -> Claim | None:
    """Claim another ready step of the run for a worker that goes on, if no step follows this one."""
    if not ending.go_on or not any(other.status is StepStatus.READY for other in others):
        return None
    sibling = claim_sibling(ending.claim, settings)
    return sibling.claim if sibling else None


def _cancel_others(run: Run, others: Sequence[StepRow], using: str) -> list[StepRow]:
    cancelled = cancel_idle_steps(run.pk, using)
    for step in cancelled:
        announce_step(
            run.pk, run.workflow, step.name, step.status, StepStatus.CANCELLED, using, visit=step.visit
        )
    cancelled_ids = {step.id for step in cancelled}
    return [row for row in others if row.id not in cancelled_ids]


def _take_back(
    ending: Ending, reached: Reached, run: Run, others: Sequence[StepRow], using: str
) -> list[StepRow]:
    why = f"Step {ending.claim.name} made the run go back to {reached.ready[0]}."
    take_back_visits(run, reached.taken_back, {ending.claim.step_id}, why, using)
    return [row for row in others if row.name not in reached.taken_back]


def _rewind_events(ending: Ending, reached: Reached) -> list[Event]:
    if not reached.taken_back:
        return []
    return [Event(type=EventType.REWOUND, step=ending.claim.name, data={"to": reached.ready[0]})]


def _error_after(
    ending: Ending,
    reached: Reached,
    before: RunStatus,
    after: RunStatus,
    failing: Sequence[StepRow],
    using: str,
) -> Json:
    if after is RunStatus.FAILED and not reached.failed and before not in ENDING_RUN:
        left = failing[0]
        return error_by_step(left.name, left.outcome, read_step_error(left.id, using))
    return error_of_run(ending.claim.name, ending.change, before, after, reached.cause)


def _status_after_write(
    before: RunStatus,
    change: StepChange,
    new_steps: Sequence[NewStep],
    others: Sequence[StepRow],
    *,
    failed: bool,
    left: bool,
) -> RunStatus:
    steps: list[tuple[StoredStepStatus, StoredWaitingFor | None]] = [
        (row.status, row.waiting_for) for row in others if not has_ended(row.status)
    ]
    steps += [(new.status, None) for new in new_steps if new.status in OPEN_STEP]
    if change.status in OPEN_STEP:
        steps.append((change.status, change.waiting_for))
    if failed:  # what is still open was running, or claimed when we read it
        return RunStatus.FAILING if steps else RunStatus.FAILED
    return derive_run_status(before, steps, failed=left)


def _cut_short(change: StepChange) -> StepChange:
    """Cancel a step that hasn't ended: a run that is ending tries nothing again."""
    if change.status not in OPEN_STEP:
        return change
    return replace(change, status=StepStatus.CANCELLED, waiting_for=None, delay=None)
