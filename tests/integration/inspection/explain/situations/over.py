"""Runs that are cancelled or completed."""

from __future__ import annotations

from uuid import UUID

from squid_mesh import api
from squid_mesh.inspection.explain.explanation import Reason
from tests.host import people, workflows
from tests.host.people import person
from tests.host.runs import claim, driven, seen
from tests.integration.inspection.explain.situations.situation import (
    Plan,
    lost,
    situation,
)
from tests.integration.inspection.explain.situations.waiting import asleep
from tests.integration.inspection.explain.situations.working import executing


@situation(
    Reason.CANCELLING,
    "cancelling",
    "comment_run",
    details={"by": "canceller", "reason": "a duplicate", "in_flight": ["one"]},
    open={"one": Reason.STEP_RUNNING},
)
def cancelling(plan: Plan) -> UUID:
    run_id = executing(plan)
    api.cancel_run(run_id, actor=person("canceller", "squid_mesh.cancel_run"), reason="a duplicate")
    return run_id


@situation(
    Reason.CANCELLED,
    "cancelled",
    "replay_run, comment_run",
    details={"by": "the order desk", "reason": "a duplicate"},
)
def cancelled(plan: Plan) -> UUID:
    run_id = asleep(plan)
    api.cancel_run(run_id, actor="the order desk", reason="a duplicate")
    return run_id


@situation(
    Reason.CANCELLED,
    "cancelled",
    "replay_run, comment_run",
    details={"by": "", "reason": ""},
    open={"check": Reason.OUTCOME_UNKNOWN},
)
def cancelled_and_one_unknown(plan: Plan) -> UUID:
    run_id = api.start_run(people.Checks).id
    claim(run_id)
    api.cancel_run(run_id)
    lost(run_id)
    return run_id


@situation(
    Reason.COMPLETED,
    "completed",
    "replay_run, comment_run, rewind_run one, rewind_run two, rewind_run three",
)
def completed(plan: Plan) -> UUID:
    return driven(workflows.Chain)


@situation(
    Reason.COMPLETED,
    "completed",
    "replay_run, comment_run, rewind_run load, rewind_run ship, rewind_run check",
)
def completed_irreversibly(plan: Plan) -> UUID:
    run_id = driven(people.Ships)
    assert seen(run_id).status == "completed"
    return run_id
