"""The general way to end a step's execution or wait: under the run's lock, its steps read after that.

Workers come here with what a step's code came to, people with what they decide instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

from django.db import transaction

from squid_mesh import conf
from squid_mesh.engine import announce
from squid_mesh.engine.claim import claim_next
from squid_mesh.engine.run_memory import RunMemory
from squid_mesh.engine.settle import key_conflicts, report, rewinds
from squid_mesh.graph.advance import Reached, advance
from squid_mesh.graph.ended import collect_ended, has_ended, taken_label
from squid_mesh.graph.rewind import find_rewind, rewind_by_route
from squid_mesh.graph.status import derive_run_status
from squid_mesh.lifecycle import ENDING_RUN, OPEN_STEP, EventType, RunStatus, StepStatus, move_run, move_step
from squid_mesh.models import Run
from squid_mesh.store.backend import backend_of
from squid_mesh.store.runs import lock_run
from squid_mesh.store.steps import cancel_idle_steps, read_current_steps, read_last_visit, read_step_error
from squid_mesh.store.values import Claim, Event, Json, NewStep, Settled, Settlement, StepChange, StepRow

#: A step due within so many seconds is told to sleeping clusters, which look by themselves every second.
_SOON = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """A held claim and what becomes of its step.

    ``go_on``: who settles has time for the run's next step. ``was`` is what observers last heard of the step.
    """

    claim: Claim
    memory: RunMemory
    change: StepChange
    go_on: bool = False
    was: StepStatus = StepStatus.RUNNING


def settle_locked(ending: Ending, settings: conf.Settings) -> Claim | None:
    """Write it; the next step of the run, claimed, where the settling worker goes on.

    Nothing is written where the claim was lost meanwhile.
    """
    using, claim = settings.DATABASE, ending.claim
    with transaction.atomic(using=using):
        run = lock_run(claim.run_id, using)
        steps = read_current_steps(claim.run_id, using)
        mine = next((row for row in steps if row.id == claim.step_id and row.token == claim.token), None)
        if mine is None:
            return None
        ending.memory.keep({row.id for row in steps})
        others = [row for row in steps if row.id != claim.step_id]
        change = key_conflicts.checked(ending.change, ending.memory, claim, others, using)
        if RunStatus(run.status) in ENDING_RUN:
            change, reached = _cut_short(change), Reached()
        else:
            mine = replace(mine, status=change.status, outcome=change.outcome)
            reached = _reached(ending.memory, mine, others, using)
            _remember(ending, change, reached)
        return _write(replace(ending, change=change), reached, run, others, settings)


def _reached(memory: RunMemory, mine: StepRow, others: Sequence[StepRow], using: str) -> Reached:
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


def _remember(ending: Ending, change: StepChange, reached: Reached) -> None:
    """A worker that goes on needs what this step gave; what others did the memory reads when it must."""
    if has_ended(change.status) and not reached.taken_back:
        label = taken_label(change.status, change.outcome)
        ending.memory.ended(ending.claim.name, change.status, label, change.output, ending.claim.step_id)


def _write(
    ending: Ending, reached: Reached, run: Run, others: Sequence[StepRow], settings: conf.Settings
) -> Claim | None:
    using, claim, change, before = settings.DATABASE, ending.claim, ending.change, RunStatus(run.status)
    if reached.failed:
        others = _cancel_others(run, others, using)
    if reached.taken_back:
        others = _take_back(ending, reached, run, others, using)
    new_steps = build_new_steps(reached, go_on=ending.go_on)
    failing = collect_ended(ending.memory.blueprint, others).failing
    after = _status(before, change, new_steps, others, failed=reached.failed, left=bool(failing))
    events = _rewound(ending, reached) + report.events_of(ending.memory, claim, change, before, after)
    settlement = Settlement(
        claim=claim,
        change=change,
        lease=settings.LEASE_SECONDS,
        expect=before,
        new_steps=new_steps,
        run_status=None if after is before else move_run(before, after),
        run_error=_run_error(ending, reached, before, after, failing, using),
        events=events,
        notify=soon(change) or len(reached.ready) > ending.go_on,
    )
    settled = backend_of(using).settle(settlement)
    if settled is None:
        transaction.set_rollback(True, using=using)
        return None
    report.announce_settled(ending.memory, settlement, settled, ending.was, after, using)
    return settled.next or _sibling(ending, settled, others, settings)


def _sibling(
    ending: Ending, settled: Settled, others: Sequence[StepRow], settings: conf.Settings
) -> Claim | None:
    """Another ready step of the run, for a worker that goes on and has none that follows."""
    if not ending.go_on or not any(other.status is StepStatus.READY for other in others):
        return None
    sibling = claim_next(ending.claim.worker, settings, ending.claim.run_id)
    return sibling.claim if sibling else None


def _cancel_others(run: Run, others: Sequence[StepRow], using: str) -> list[StepRow]:
    cancelled = cancel_idle_steps(run.pk, using)
    for step in cancelled:
        announce.step_moved(
            run.pk, run.workflow, step.name, step.status, StepStatus.CANCELLED, using, visit=step.visit
        )
    gone = {step.id for step in cancelled}
    return [row for row in others if row.id not in gone]


def _take_back(
    ending: Ending, reached: Reached, run: Run, others: Sequence[StepRow], using: str
) -> list[StepRow]:
    why = f"Step {ending.claim.name} made the run go back to {reached.ready[0]}."
    rewinds.take_back(run, reached.taken_back, {ending.claim.step_id}, why, using)
    return [row for row in others if row.name not in reached.taken_back]


def _rewound(ending: Ending, reached: Reached) -> list[Event]:
    if not reached.taken_back:
        return []
    return [Event(type=EventType.REWOUND, step=ending.claim.name, data={"to": reached.ready[0]})]


def _run_error(
    ending: Ending,
    reached: Reached,
    before: RunStatus,
    after: RunStatus,
    failing: Sequence[StepRow],
    using: str,
) -> Json:
    if after is RunStatus.FAILED and not reached.failed and before not in ENDING_RUN:
        left = failing[0]
        return report.failure(left.name, left.outcome, read_step_error(left.id, using))
    return report.run_error(ending.claim.name, ending.change, before, after, reached.cause)


def _status(
    before: RunStatus,
    change: StepChange,
    new_steps: Sequence[NewStep],
    others: Sequence[StepRow],
    *,
    failed: bool,
    left: bool,
) -> RunStatus:
    steps = [(row.status, row.waiting_for) for row in others if row.status in OPEN_STEP]
    steps += [(new.status, "") for new in new_steps if new.status in OPEN_STEP]
    if change.status in OPEN_STEP:
        steps.append((change.status, change.waiting_for or ""))
    if failed:  # what is still open was running, or claimed when we looked
        return RunStatus.FAILING if steps else RunStatus.FAILED
    return derive_run_status(before, steps, failed=left)


def _cut_short(change: StepChange) -> StepChange:
    """In a run that is ending, a step that isn't done is not tried again."""
    if change.status not in OPEN_STEP:
        return change
    return replace(change, status=StepStatus.CANCELLED, waiting_for=None, delay=None)


def build_new_steps(reached: Reached, *, go_on: bool) -> list[NewStep]:
    """The rows of the steps reached now; the first ready one goes to the settling worker, if it goes on."""
    new = [
        NewStep(name=name, status=move_step(StepStatus.PENDING, StepStatus.SKIPPED))
        for name in reached.skipped
    ]
    for n, name in enumerate(reached.ready):
        mine = go_on and n == 0
        status = StepStatus.RUNNING if mine else StepStatus.READY
        new.append(
            NewStep(
                name=name,
                status=move_step(StepStatus.PENDING, status),
                token=uuid4() if mine else None,
            )
        )
    return new


def soon(change: StepChange) -> bool:
    """Whether the step is due again before anybody would look."""
    return change.delay is not None and change.delay <= _SOON
