"""The explanation of a run: each open step's reason, the most important one, and the possible actions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, assert_never
from uuid import UUID

from squid_mesh.inspection.explain.explanation import Explanation, Reason, StepReason
from squid_mesh.inspection.explain.facts.facts import Facts, StepFact, UnreadableRun
from squid_mesh.inspection.explain.facts.read_run import read_facts
from squid_mesh.inspection.explain.next_actions import list_next_actions
from squid_mesh.inspection.explain.reasons import ended, held, joins, running, unreadable, waiting
from squid_mesh.inspection.snapshots.runs import EventSnapshot
from squid_mesh.lifecycle import EventType, RunStatus, StepStatus, Unrecognized

#: Where several steps are open, the reason listed first here is the run's: what this version can't read, what
#: needs a person, what can't continue, what is late, what runs, what a clock ends.
IMPORTANCE: Final = (
    Reason.UNKNOWN_VALUE,
    Reason.UNREADABLE_ROW,
    Reason.OUTCOME_UNKNOWN,
    Reason.CRASH_CAP_REACHED,
    Reason.CODE_MISSING,
    Reason.PAUSED_FOR_APPROVAL,
    Reason.PAUSED_FOR_MANUAL_ACTION,
    Reason.NO_CLUSTER_RUNNING,
    Reason.STEP_OVERDUE,
    Reason.STEP_RUNNING,
    Reason.PENDING_DISPATCH,
    Reason.WAITING_FOR_RETRY,
    Reason.DEFERRED,
    Reason.WAITING_FOR_TIMER,
    Reason.STEP_SCHEDULED,
    Reason.RETRY_EXHAUSTED,
    Reason.STEP_FAILED,
    Reason.WAITING_FOR_DEPENDENCIES,
)
_EVENTS: Final = 5


def explain(run_id: UUID, *, user: Any) -> Explanation:
    """Return the run's explanation; with a user, each action says whether they may do it.

    Raises:
        RunNotFound: there is no such run.
    """
    facts = read_facts(run_id)
    if isinstance(facts, UnreadableRun):
        return _explain_unreadable(facts)
    open_steps = tuple(_explain_steps(facts))
    main = _explain_run(facts, open_steps)
    return Explanation(
        run_id=facts.run_id,
        workflow=facts.workflow,
        status=facts.status,
        reason=main.reason,
        summary=main.summary,
        step=main.step,
        details=main.details,
        events=_latest_events(facts, main.step),
        open=open_steps,
        next_actions=list_next_actions(facts, main.step, user),
        unreadable=(*facts.unreadable, *(one for step in facts.steps for one in step.unreadable)),
    )


def _explain_unreadable(run: UnreadableRun) -> Explanation:
    main = unreadable.explain_unreadable_definition(run)
    return Explanation(
        run_id=run.run_id,
        workflow=run.workflow,
        status=run.status,
        reason=main.reason,
        summary=main.summary,
        details=main.details,
        events=_latest_events(run, ""),
    )


def _explain_steps(facts: Facts) -> Iterator[StepReason]:
    """Yield the reasons of the steps that are open or fail the run, in the graph's order, then of joins."""
    for step in facts.current.values():
        reason = _explain_step(facts, step)
        if reason is not None:
            yield reason
    yield from joins.waiting_joins(facts)


def _explain_step(facts: Facts, step: StepFact) -> StepReason | None:
    match step.status:
        case StepStatus.RUNNING:
            return running.explain_running(facts, step)
        case StepStatus.READY:
            return running.explain_ready(facts, step)
        case StepStatus.WAITING:
            return waiting.explain_waiting(facts, step)
        case StepStatus.PAUSED | StepStatus.UNKNOWN:
            return held.explain_held(facts, step)
        case (
            StepStatus.PENDING
            | StepStatus.COMPLETED
            | StepStatus.FAILED
            | StepStatus.SKIPPED
            | StepStatus.BYPASSED
            | StepStatus.CANCELLED
        ):
            return ended.explain_failed_step(facts, step) if step.name in facts.failing_steps else None
        case Unrecognized():
            return unreadable.explain_unknown_step_status(facts, step)
        case _:
            assert_never(step.status)


def _explain_run(facts: Facts, open_steps: tuple[StepReason, ...]) -> StepReason:
    match facts.status:
        case RunStatus.COMPLETED:
            return ended.explain_completed(facts)
        case RunStatus.FAILED:
            return ended.explain_failed(facts)
        case RunStatus.CANCELLED:
            return ended.explain_cancelled(facts)
        case RunStatus.FAILING:
            return _missing_cluster(open_steps) or ended.explain_failing(facts)
        case RunStatus.CANCELLING:
            return _missing_cluster(open_steps) or ended.explain_cancelling(facts)
        case (
            RunStatus.PENDING | RunStatus.RUNNING | RunStatus.RETRYING | RunStatus.WAITING | RunStatus.PAUSED
        ):
            return min(open_steps, key=lambda one: IMPORTANCE.index(one.reason))
        case Unrecognized():
            return unreadable.explain_unknown_run_status(facts)
        case _:
            assert_never(facts.status)


def _missing_cluster(open_steps: tuple[StepReason, ...]) -> StepReason | None:
    """Return the reason that keeps a run from ending: no cluster is running."""
    return next((one for one in open_steps if one.reason is Reason.NO_CLUSTER_RUNNING), None)


def _latest_events(facts: Facts | UnreadableRun, step: str) -> tuple[EventSnapshot, ...]:
    """Return the latest events about the step and the run, oldest first, without comments.

    Where the whole run is explained (``step`` is empty), events of all steps count.
    """
    events = [event for event in facts.events if event.type is not EventType.COMMENTED]
    if step:
        events = [event for event in events if event.step in ("", step) or event.type.startswith("run_")]
    return tuple(events[-_EVENTS:])
