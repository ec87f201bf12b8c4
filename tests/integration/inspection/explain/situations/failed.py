"""Runs that failed, are failing, or were reopened."""

from __future__ import annotations

from uuid import UUID

from squid_mesh import Outcome, StepFailed, api
from squid_mesh.inspection.explain.explanation import Reason
from tests.host import people, steps, workflows
from tests.host.runs import claim, driven, settled
from tests.integration.inspection.explain.situations.situation import (
    BUSY,
    Plan,
    lost,
    situation,
)


@situation(
    Reason.RETRY_EXHAUSTED,
    "failed",
    "replay_run, comment_run, retry_step flaky, skip_step flaky, resolve_step flaky, rewind_run flaky",
    step="flaky",
    details={"failures": 3, "max_attempts": 3, "outcome": "error"},
    open={"flaky": Reason.RETRY_EXHAUSTED},
)
def tried_too_often(plan: Plan) -> UUID:
    plan["flaky"] = steps.Busy("out of ink")
    return driven(workflows.Picky)


@situation(
    Reason.STEP_FAILED,
    "failed",
    "replay_run, comment_run, retry_step two, skip_step two, resolve_step two, rewind_run two,rewind_run one",
    step="two",
    details={"failures": 1, "max_attempts": 1, "outcome": "error"},
    open={"two": Reason.STEP_FAILED},
)
def failed(plan: Plan) -> UUID:
    plan["two"] = steps.Broken("ink")
    return driven(workflows.Chain)


@situation(
    Reason.STEP_FAILED,
    "failed",
    "replay_run, comment_run, retry_step flaky, skip_step flaky, resolve_step flaky, rewind_run flaky",
    step="flaky",
    details={"failures": 1, "max_attempts": 3},
)
def failed_for_good_at_once(plan: Plan) -> UUID:
    plan["flaky"] = StepFailed("the printer is offline")
    return driven(workflows.Picky)


@situation(
    Reason.STEP_FAILED,
    "failed",
    "replay_run, comment_run, rewind_run only",
    step="only",
    details={"outcome": "bad", "error": {"step": "only", "outcome": "bad"}},
    open={"only": Reason.STEP_FAILED},
)
def went_a_way_that_fails(plan: Plan) -> UUID:
    plan["only"] = Outcome("bad")
    return driven(workflows.Ends)


@situation(
    Reason.STEP_FAILED,
    "failed",
    "replay_run, comment_run, rewind_run load, rewind_run left, rewind_run right, rewind_run check",
    step="check",
    details={"outcome": "again"},
)
def went_back_too_often(plan: Plan) -> UUID:
    plan["check"] = lambda ctx: Outcome("again")
    return driven(people.Loops)


@situation(
    Reason.STEP_FAILED,
    "failed",
    "replay_run, comment_run, retry_step right, skip_step right, resolve_step right, rewind_run right,"
    "retry_step left, skip_step left, resolve_step left, rewind_run left",
    step="right",
    open={"left": Reason.OUTCOME_UNKNOWN, "right": Reason.STEP_FAILED},
)
def failed_while_another_is_unknown(plan: Plan) -> UUID:
    run_id = failing(plan)
    lost(run_id)
    return run_id


@situation(
    Reason.FAILING,
    "failing",
    "comment_run",
    step="right",
    details={"in_flight": ["left"], "outcome": "error"},
    open={"left": Reason.STEP_RUNNING, "right": Reason.STEP_FAILED},
)
def failing(plan: Plan) -> UUID:
    run_id = api.start_run(workflows.Crashes).id
    held = {one[0].name: one for one in (claim(run_id), claim(run_id))}
    settled(held["right"], BUSY)
    return run_id


@situation(
    Reason.PENDING_DISPATCH,
    "running",
    "cancel_run, comment_run, skip_step left, rewind_run left, retry_step right, skip_step right,"
    "resolve_step right, rewind_run right",
    step="left",
    open={"left": Reason.PENDING_DISPATCH, "right": Reason.STEP_FAILED},
)
def reopened_with_a_failure_left(plan: Plan) -> UUID:
    run_id = api.start_run(workflows.Crashes).id
    held = {one[0].name: one for one in (claim(run_id), claim(run_id))}
    settled(held["right"], BUSY)
    settled(held["left"], BUSY)
    api.retry_step(run_id, "left")
    return run_id
