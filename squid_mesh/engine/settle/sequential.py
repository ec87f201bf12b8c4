"""Settling in a sequential graph: the worker's memory is enough, and the run's row needs no lock before."""

from __future__ import annotations

from squid_mesh import conf
from squid_mesh.engine.announcements import announce_settled
from squid_mesh.engine.settle.ending import Ending, build_new_steps, count_ready, is_due_soon
from squid_mesh.engine.settle.events import error_of_run, events_of_settle
from squid_mesh.graph.advance import Reached, advance
from squid_mesh.graph.ended import has_ended, taken_label
from squid_mesh.graph.status import derive_run_status
from squid_mesh.lifecycle import OPEN_STEP, RunStatus, StepStatus, move_run
from squid_mesh.store.backend import backend_of
from squid_mesh.store.values import Settled, Settlement, StepChange


def settle_sequential(ending: Ending, settings: conf.Settings) -> Settled | None:
    """Write the end of the only open step of its run.

    Writes nothing and returns None if the run is no longer simply running, or the claim is lost.
    """
    claim, change, memory = ending.claim, ending.change, ending.memory
    reached = _advance_by_memory(ending)
    after = _status_after(change, reached)
    new_steps = build_new_steps(reached, ending)
    settlement = Settlement(
        claim=claim,
        change=change,
        lease=settings.LEASE_SECONDS,
        new_steps=new_steps,
        run_status=None if after is RunStatus.RUNNING else move_run(RunStatus.RUNNING, after),
        run_error=error_of_run(claim.name, change, RunStatus.RUNNING, after),
        events=events_of_settle(memory.blueprint, claim, change, RunStatus.RUNNING, after),
        notify=is_due_soon(change) or (ending.go_on and count_ready(new_steps) > 0),
    )
    settled = backend_of(settings.DATABASE).settle(settlement)
    if settled is not None:
        announce_settled(
            memory.head.workflow, settlement, settled, StepStatus.RUNNING, after, settings.DATABASE
        )
        _remember_ends(ending, reached)
    return settled


def _advance_by_memory(ending: Ending) -> Reached:
    memory, name, change = ending.memory, ending.claim.name, ending.change
    if not has_ended(change.status):
        return Reached()
    label = taken_label(change.status, change.outcome)
    return advance(memory.blueprint, {**memory.labels, name: label}, {*memory.labels, name}, name)


def _status_after(change: StepChange, reached: Reached) -> RunStatus:
    if reached.failed:
        return RunStatus.FAILED
    if change.status in OPEN_STEP:
        return derive_run_status(RunStatus.RUNNING, [(change.status, change.waiting_for)])
    return RunStatus.RUNNING if reached.ready else RunStatus.COMPLETED


def _remember_ends(ending: Ending, reached: Reached) -> None:
    """Remember this step and those skipped after it: the worker reads nothing again along a chain."""
    ending.memory.remember_change(ending.claim, ending.change)
    for skipped in reached.skipped:
        ending.memory.remember_end(skipped, StepStatus.SKIPPED, None)
