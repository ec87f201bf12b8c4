"""Settling an execution: its attempt, its step, what it unlocks and the run's status, in one transaction."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from squid_mesh import conf
from squid_mesh.definitions.blueprint import ERROR
from squid_mesh.engine import announce, clash
from squid_mesh.engine.advance import Reached, advance
from squid_mesh.engine.claim import claim_next
from squid_mesh.engine.decide import decide
from squid_mesh.engine.frame import Frame, label_of
from squid_mesh.engine.results import Result
from squid_mesh.engine.status import run_status
from squid_mesh.lifecycle import (
    ENDING_RUN,
    FINISHED_RUN,
    OPEN_STEP,
    RunStatus,
    StepStatus,
    WaitingFor,
    move_run,
    move_step,
)
from squid_mesh.models import Run
from squid_mesh.store import rows, transitions
from squid_mesh.store.values import (
    Claim,
    Event,
    Json,
    NewStep,
    Settled,
    Settlement,
    StepChange,
    StepRow,
)

#: A step due within so many seconds is told to sleeping clusters, which look by themselves every second.
_SOON = 1.5


@dataclass(frozen=True, slots=True)
class Execution:
    """A claimed step that has run, and what it came to. ``go_on``: the worker has time for the next step."""

    claim: Claim
    frame: Frame
    result: Result
    given: Json
    go_on: bool


def settle(done: Execution) -> Claim | None:
    """Write what the execution came to; the next step of the run, claimed, where this worker goes on.

    Nothing is written where the claim was lost meanwhile.
    """
    settings = conf.current()
    step = done.frame.blueprint.by_name[done.claim.name]
    change = decide(
        done.result,
        step,
        done.claim,
        done.given,
        chance=random.random(),  # noqa: S311 - jitter
        recheck=settings.CODE_RECHECK_SECONDS,
    )
    if done.frame.blueprint.sequential:
        settled = _settle_alone(done, change, settings)
        if settled is not None:
            return settled.next
    return _settle_locked(done, change, settings)


def _settle_alone(done: Execution, change: StepChange, settings: conf.Settings) -> Settled | None:
    """One step is open in the run, and it is ours: all is known here, and no lock on the run is needed.

    None where the run is no longer simply running, or the claim is lost.
    """
    reached = _reached(done.frame, done.frame.labels, set(done.frame.labels), done.claim.name, change)
    born = _born(reached, go_on=done.go_on)
    after = _status_alone(change, reached)
    settlement = Settlement(
        claim=done.claim,
        change=change,
        lease=settings.LEASE_SECONDS,
        new_steps=born,
        run_status=None if after is RunStatus.RUNNING else move_run(RunStatus.RUNNING, after),
        run_error=_run_error(done.claim, change, RunStatus.RUNNING, after),
        events=_events(done, change, RunStatus.RUNNING, after),
        ring=_soon(change),
    )
    settled = transitions.settle(settlement, settings.DATABASE)
    if settled is not None:
        _announce(done, change, settlement, after, settings.DATABASE)
        _remember(done.frame, done.claim.name, change, reached)
    return settled


def _status_alone(change: StepChange, reached: Reached) -> RunStatus:
    if reached.failed:
        return RunStatus.FAILED
    if change.status in OPEN_STEP:
        return run_status(RunStatus.RUNNING, [(change.status, change.waiting_for or "")])
    return RunStatus.RUNNING if reached.ready else RunStatus.COMPLETED


def _settle_locked(done: Execution, change: StepChange, settings: conf.Settings) -> Claim | None:
    """The general way: under the run's lock, with the run's steps read after it was taken."""
    using = settings.DATABASE
    with transaction.atomic(using=using):
        run = rows.lock_run(done.claim.run_id, using)
        steps = rows.steps_of(done.claim.run_id, using)
        if not any(row.id == done.claim.step_id and row.token == done.claim.token for row in steps):
            return None
        others = [row for row in steps if row.id != done.claim.step_id]
        before = RunStatus(run.status)
        change = clash.checked(change, done.frame, done.claim, others, using)
        if before in ENDING_RUN:
            change, reached = _cut_short(change), Reached()
        else:
            reached = _reached_locked(done, change, others)
        return _write_locked(done, change, reached, run, others, settings)


def _write_locked(
    done: Execution,
    change: StepChange,
    reached: Reached,
    run: Run,
    others: Sequence[StepRow],
    settings: conf.Settings,
) -> Claim | None:
    using, before = settings.DATABASE, RunStatus(run.status)
    if reached.failed:
        cancelled = rows.cancel_open(run.pk, using)
        gone = {name for name, _ in cancelled}
        others = [row for row in others if row.name not in gone]
        for name, status in cancelled:
            announce.step_moved(run.pk, run.workflow, name, status, StepStatus.CANCELLED, using)
    born = _born(reached, go_on=done.go_on)
    after = _status_locked(before, change, born, others, failed=reached.failed)
    settlement = Settlement(
        claim=done.claim,
        change=change,
        lease=settings.LEASE_SECONDS,
        expect=before,
        new_steps=born,
        run_status=None if after is before else move_run(before, after),
        run_error=_run_error(done.claim, change, before, after),
        events=_events(done, change, before, after),
        ring=_soon(change) or len(reached.ready) > 1,
    )
    settled = transitions.settle(settlement, using)
    if settled is None:
        transaction.set_rollback(True, using=using)
        return None
    _announce(done, change, settlement, after, using)
    if settled.next is None and done.go_on and any(o.status is StepStatus.READY for o in others):
        sibling = claim_next(done.claim.worker, settings, run.pk)
        return sibling.claim if sibling else None
    return settled.next


def _status_locked(
    before: RunStatus,
    change: StepChange,
    born: Sequence[NewStep],
    others: Sequence[StepRow],
    *,
    failed: bool,
) -> RunStatus:
    steps = [(row.status, row.waiting_for) for row in others if row.status in OPEN_STEP]
    steps += [(new.status, "") for new in born if new.status in OPEN_STEP]
    if change.status in OPEN_STEP:
        steps.append((change.status, change.waiting_for or ""))
    if failed:  # what is still open was running, or claimed when we looked
        return RunStatus.FAILING if steps else RunStatus.FAILED
    return run_status(before, steps)


def _reached_locked(done: Execution, change: StepChange, others: Sequence[StepRow]) -> Reached:
    labels: dict[str, str | None] = {}
    for row in others:
        over, label = label_of(row.status, row.outcome)
        if over:
            labels[row.name] = label
    known = {row.name for row in others}
    reached = _reached(done.frame, labels, known, done.claim.name, change)
    # A worker that goes on as this run's next step needs what others did: the frame reads it when it must.
    _remember(done.frame, done.claim.name, change, Reached())
    return reached


def _reached(
    frame: Frame, labels: dict[str, str | None], known: set[str], name: str, change: StepChange
) -> Reached:
    over, label = label_of(change.status, change.outcome)
    if not over:
        return Reached()
    reached = advance(frame.blueprint, {**labels, name: label}, known | {name}, name)
    return Reached(failed=True) if reached.failed else reached


def _born(reached: Reached, *, go_on: bool) -> list[NewStep]:
    """The rows of the steps reached now; the first that is ready goes to this worker, if it goes on."""
    born = [
        NewStep(name=name, status=move_step(StepStatus.PENDING, StepStatus.SKIPPED))
        for name in reached.skipped
    ]
    for n, name in enumerate(reached.ready):
        mine = go_on and n == 0
        status = StepStatus.RUNNING if mine else StepStatus.READY
        born.append(
            NewStep(
                name=name,
                status=move_step(StepStatus.PENDING, status),
                token=uuid4() if mine else None,
            )
        )
    return born


def _cut_short(change: StepChange) -> StepChange:
    """In a run that is ending, a step that isn't done is not tried again."""
    if change.status not in OPEN_STEP:
        return change
    return replace(change, status=StepStatus.CANCELLED, waiting_for=None, delay=None)


def _remember(frame: Frame, name: str, change: StepChange, reached: Reached) -> None:
    over, label = label_of(change.status, change.outcome)
    if over:
        frame.ended(name, label, change.output)
        for skipped in reached.skipped:
            frame.ended(skipped, None, None)


def _soon(change: StepChange) -> bool:
    return change.delay is not None and change.delay <= _SOON


def _run_error(claim: Claim, change: StepChange, before: RunStatus, after: RunStatus) -> Json:
    """What the run fails of: the step that failed it, and not those that end after it."""
    if before in ENDING_RUN or after not in (RunStatus.FAILED, RunStatus.FAILING):
        return None
    cause: dict[str, Any] = {"step": claim.name, "outcome": change.outcome}
    if isinstance(change.error, dict):
        cause.update({k: v for k, v in change.error.items() if k != "traceback"})
    return cause


def _events(done: Execution, change: StepChange, before: RunStatus, after: RunStatus) -> list[Event]:
    name, events = done.claim.name, []
    if change.waiting_for is WaitingFor.CODE and done.claim.waited_for != WaitingFor.CODE:
        events.append(Event(type="code_missing", step=name, data={"error": change.error}))
    if change.outcome == ERROR:
        edges = done.frame.blueprint.outgoing[name]
        recoveries = {edge.recovery for edge in edges if edge.outcome == ERROR and edge.recovery}
        events += [Event(type=f"{recovery}_routed", step=name) for recovery in sorted(recoveries)]
    if after is not before and after in (*FINISHED_RUN, RunStatus.FAILING):
        events.append(Event(type=f"run_{after.value}", step=name))
    return events


def _announce(
    done: Execution, change: StepChange, settlement: Settlement, after: RunStatus, using: str
) -> None:
    run_id: UUID = done.claim.run_id
    workflow = done.frame.head.workflow
    announce.step_moved(
        run_id,
        workflow,
        done.claim.name,
        StepStatus.RUNNING,
        move_step(StepStatus.RUNNING, change.status),
        using,
        visit=done.claim.visit,
        attempt=done.claim.attempt,
        outcome=change.outcome,
        error=change.error,
    )
    for new in settlement.new_steps:
        announce.step_moved(run_id, workflow, new.name, StepStatus.PENDING, new.status, using)
    announce.run_moved(run_id, workflow, settlement.expect, after, using)
