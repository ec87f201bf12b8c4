"""Settling an execution: its attempt, its step, what it unlocks and the run's status, in one transaction."""

from __future__ import annotations

import random
from dataclasses import dataclass

from squid_mesh import conf
from squid_mesh.engine.run_memory import RunMemory
from squid_mesh.engine.settle import report
from squid_mesh.engine.settle.change import decide
from squid_mesh.engine.settle.general import Ending, build_new_steps, settle_locked, soon
from squid_mesh.engine.settle.results import Result
from squid_mesh.graph.advance import Reached, advance
from squid_mesh.graph.ended import has_ended, taken_label
from squid_mesh.graph.status import derive_run_status
from squid_mesh.lifecycle import OPEN_STEP, RunStatus, StepStatus, move_run, move_step
from squid_mesh.store.backend import backend_of
from squid_mesh.store.values import Claim, Json, Settled, Settlement, StepChange


@dataclass(frozen=True, slots=True)
class Execution:
    """A claimed step that has run, and what it came to. ``go_on``: the worker has time for the next step."""

    claim: Claim
    memory: RunMemory
    result: Result
    given: Json
    go_on: bool


def settle(done: Execution) -> Claim | None:
    """Write what the execution came to; the next step of the run, claimed, where this worker goes on.

    Nothing is written where the claim was lost meanwhile.
    """
    settings = conf.current()
    change = decide(
        done.result,
        done.memory.blueprint.by_name[done.claim.name],
        done.claim,
        done.given,
        chance=random.random(),  # noqa: S311 - jitter
        recheck=settings.CODE_RECHECK_SECONDS,
    )
    move_step(StepStatus.RUNNING, change.status)
    ending = Ending(claim=done.claim, memory=done.memory, change=change, go_on=done.go_on)
    if done.memory.blueprint.is_sequential:
        settled = _settle_alone(ending, settings)
        if settled is not None:
            return settled.next
    return settle_locked(ending, settings)


def _settle_alone(ending: Ending, settings: conf.Settings) -> Settled | None:
    """One step is open in the run, and it is ours: all is known here, and no lock on the run is needed.

    None where the run is no longer simply running, or the claim is lost.
    """
    change = ending.change
    reached = _reached(ending)
    after = _status_alone(change, reached)
    settlement = Settlement(
        claim=ending.claim,
        change=change,
        lease=settings.LEASE_SECONDS,
        new_steps=build_new_steps(reached, go_on=ending.go_on),
        run_status=None if after is RunStatus.RUNNING else move_run(RunStatus.RUNNING, after),
        run_error=report.run_error(ending.claim.name, change, RunStatus.RUNNING, after),
        events=report.events_of(ending.memory, ending.claim, change, RunStatus.RUNNING, after),
        notify=soon(change),
    )
    settled = backend_of(settings.DATABASE).settle(settlement)
    if settled is not None:
        report.announce_settled(
            ending.memory, settlement, settled, StepStatus.RUNNING, after, settings.DATABASE
        )
        _remember(ending, reached)
    return settled


def _reached(ending: Ending) -> Reached:
    memory, name = ending.memory, ending.claim.name
    if not has_ended(ending.change.status):
        return Reached()
    label = taken_label(ending.change.status, ending.change.outcome)
    return advance(memory.blueprint, {**memory.labels, name: label}, {*memory.labels, name}, name)


def _status_alone(change: StepChange, reached: Reached) -> RunStatus:
    if reached.failed:
        return RunStatus.FAILED
    if change.status in OPEN_STEP:
        return derive_run_status(RunStatus.RUNNING, [(change.status, change.waiting_for or "")])
    return RunStatus.RUNNING if reached.ready else RunStatus.COMPLETED


def _remember(ending: Ending, reached: Reached) -> None:
    change = ending.change
    if has_ended(change.status):
        label = taken_label(change.status, change.outcome)
        ending.memory.ended(ending.claim.name, change.status, label, change.output, ending.claim.step_id)
        for skipped in reached.skipped:
            ending.memory.ended(skipped, StepStatus.SKIPPED, None)
