"""The explanation of a run: each open step's reason, the one that matters most, and what may be done now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, assert_never
from uuid import UUID

from squid_mesh.inspection.explain import offers
from squid_mesh.inspection.explain.evidence import evidence
from squid_mesh.inspection.explain.explanation import Explanation, Reason, StepReason
from squid_mesh.inspection.explain.facts.facts import Facts, StepFact
from squid_mesh.inspection.explain.facts.read import read
from squid_mesh.inspection.explain.reasons import ended, held, joins, running, waiting
from squid_mesh.inspection.explain.reasons.finding import Finding
from squid_mesh.lifecycle import OPEN_STEP, RunStatus, StepStatus

#: Where several steps are open, the reason that comes first here is the run's: a person is needed, then
#: nothing can go on, then something is late, then what moves, then what a clock ends.
IMPORTANCE: Final = (
    Reason.OUTCOME_UNKNOWN,
    Reason.CRASH_CAP_REACHED,
    Reason.CODE_MISSING,
    Reason.PAUSED_FOR_APPROVAL,
    Reason.PAUSED_FOR_MANUAL_ACTION,
    Reason.NO_WORKER_ALIVE,
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


def explain(run_id: UUID, *, user: Any) -> Explanation:
    """The run's explanation, with what that user may do where one is given. Raises RunNotFound."""
    facts = read(run_id)
    found = tuple(_open(facts))
    main = _main(facts, found)
    return Explanation(
        run_id=facts.run_id,
        workflow=facts.workflow,
        status=facts.status,
        reason=main.reason,
        summary=main.summary,
        step=main.step,
        details=dict(main.details),
        evidence=evidence(facts, main),
        open=tuple(
            StepReason(
                step=one.step,
                visit=one.visit,
                reason=one.reason,
                summary=one.summary,
                details=dict(one.details),
            )
            for one in found
        ),
        next_actions=offers.offers(facts, main.step, user),
    )


def _open(facts: Facts) -> Iterator[Finding]:
    """The steps that aren't over or fail the run, in the graph's order, then the joins that wait for them."""
    for step in facts.current.values():
        if step.status in OPEN_STEP:
            yield _why(facts, step)
        elif step in facts.culprits:
            yield ended.culprit(facts, step)
    yield from joins.undecided(facts)


def _why(facts: Facts, step: StepFact) -> Finding:
    match step.status:
        case StepStatus.RUNNING:
            return running.running(facts, step)
        case StepStatus.READY:
            return running.ready(facts, step)
        case StepStatus.WAITING:
            return waiting.waiting(facts, step)
        case _:
            return held.held(facts, step)


def _main(facts: Facts, found: tuple[Finding, ...]) -> Finding:
    match facts.status:
        case RunStatus.COMPLETED:
            return ended.completed(facts)
        case RunStatus.FAILED:
            return ended.failed(facts)
        case RunStatus.CANCELLED:
            return ended.cancelled(facts, still=False)
        case RunStatus.FAILING:
            return _stranded(found) or ended.failing(facts)
        case RunStatus.CANCELLING:
            return _stranded(found) or ended.cancelled(facts, still=True)
        case (
            RunStatus.PENDING | RunStatus.RUNNING | RunStatus.RETRYING | RunStatus.WAITING | RunStatus.PAUSED
        ):
            return min(found, key=lambda one: IMPORTANCE.index(one.reason))
        case _:
            assert_never(facts.status)


def _stranded(found: tuple[Finding, ...]) -> Finding | None:
    """What a run that is ending can't get past until a cluster is there."""
    return next((one for one in found if one.reason is Reason.NO_WORKER_ALIVE), None)
