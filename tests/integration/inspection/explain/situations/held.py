"""Steps that need a person."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.test import override_settings

from squid_mesh import api
from squid_mesh.definitions.code_paths import load_code
from squid_mesh.engine.recovery import recover_lost_steps
from squid_mesh.inspection.explain.explanation import Reason
from squid_mesh.models import StepRun
from tests.host import people, steps, workflows
from tests.host.people import person
from tests.host.runs import claim, driven, run_until_idle, settled
from tests.integration.inspection.explain.situations.situation import (
    Plan,
    let_clusters_miss,
    long_due,
    lost,
    situation,
    starter,
)


@situation(
    Reason.PAUSED_FOR_MANUAL_ACTION,
    "paused",
    "cancel_run, comment_run, unblock_run ready, skip_step ready, rewind_run ready, rewind_run before",
    step="ready",
    details={"prompt": "Is the warehouse ready?", "who": [{}]},
)
def paused(plan: Plan) -> UUID:
    return driven(people.Holds)


@situation(
    Reason.PAUSED_FOR_MANUAL_ACTION,
    "paused",
    "cancel_run, comment_run, unblock_run gate, skip_step gate, rewind_run gate, rewind_run start,"
    "rewind_run aside",
    step="gate",
    details={"who": [{"permission": "host.change_order", "groups": ["Warehouse"]}]},
)
def paused_for_some(plan: Plan) -> UUID:
    return driven(people.Guards)


@situation(
    Reason.PAUSED_FOR_APPROVAL,
    "paused",
    "cancel_run, comment_run, decide_approval review, skip_step review, rewind_run review, rewind_run load",
    step="review",
    details={
        "prompt": "Fine?",
        "exits": ["approved", "rejected", "later", "changes"],
        "form": "tests.host.people:Terms",
        "form_installed": True,
        "form_changes": [],
        "missing": {"approved": 1, "rejected": 1, "later": 1, "changes": 1},
        "undecidable": False,
        "deadline": None,
    },
    answers={"discount": 3},
)
def to_be_approved(plan: Plan) -> UUID:
    return driven(people.Reviews)


@situation(
    Reason.PAUSED_FOR_APPROVAL,
    "paused",
    "cancel_run, comment_run, decide_approval review, skip_step review, rewind_run review",
    step="review",
    details={"quorum": 2, "rejections": 2, "not_by_starter": True, "unreachable": []},
)
def to_be_approved_by_two(plan: Plan) -> UUID:
    run_id = driven(people.FourEyes, actor=starter())
    voter = person("voter", "squid_mesh.decide_approval")
    api.approve_run(run_id, actor=voter)
    return run_id


@situation(
    Reason.PAUSED_FOR_APPROVAL,
    "paused",
    "cancel_run, comment_run, decide_approval review, skip_step review, rewind_run review",
    step="review",
    details={
        "who": [
            {
                "permission": "host.change_order",
                "groups": ["Finance", "Legal"],
                "assignees": ["username:ada"],
            }
        ]
    },
)
def assigned(plan: Plan) -> UUID:
    return driven(people.Assigned)


@situation(
    Reason.PAUSED_FOR_APPROVAL,
    "paused",
    "cancel_run, comment_run, decide_approval review, skip_step review, rewind_run review",
    step="review",
    details={"on_timeout": "timeout", "escalates_to": None},
)
def to_be_approved_by_a_deadline(plan: Plan) -> UUID:
    return driven(people.Expires)


@situation(
    Reason.PAUSED_FOR_APPROVAL,
    "paused",
    "cancel_run, comment_run, decide_approval review, skip_step review, rewind_run review",
    step="review",
    details={
        "on_timeout": "escalate",
        "escalates_to": {"groups": ["Board"]},
        "who": [{"groups": ["Finance"]}],
    },
)
def to_be_escalated(plan: Plan) -> UUID:
    return driven(people.Escalates)


@situation(
    Reason.PAUSED_FOR_APPROVAL,
    "paused",
    "cancel_run, comment_run, decide_approval review, skip_step review, rewind_run review",
    step="review",
    details={
        "on_timeout": "rejected",
        "escalated": 1,
        "who": [{"groups": ["Finance"]}, {"groups": ["Board"]}],
    },
)
def escalated(plan: Plan) -> UUID:
    run_id = driven(people.Escalates)
    long_due(run_id)
    run_until_idle()
    return run_id


@situation(
    Reason.PAUSED_FOR_APPROVAL,
    "paused",
    "cancel_run, comment_run, decide_approval left, decide_approval right, skip_step left, skip_step right,"
    "rewind_run left, rewind_run right",
    step="left",
    open={"left": Reason.PAUSED_FOR_APPROVAL, "right": Reason.PAUSED_FOR_APPROVAL},
)
def two_to_be_approved(plan: Plan) -> UUID:
    return driven(people.TwoReviews)


@situation(
    Reason.PAUSED_FOR_APPROVAL,
    "paused",
    "cancel_run, comment_run, decide_approval review, skip_step review, rewind_run review",
    step="review",
    details={
        "undecidable": True,
        "unreachable": ["approved", "rejected"],
        "who": [{"assignees": ["username:starter"]}],
    },
)
def assigned_to_its_starter_alone(plan: Plan) -> UUID:
    plan["reviewer"] = "starter"
    return driven(people.Sole, actor=starter())


@situation(
    Reason.OUTCOME_UNKNOWN,
    "paused",
    "cancel_run, comment_run, retry_step check, skip_step check, resolve_step check, rewind_run check",
    step="check",
    details={"attempt": 1, "worker": "elsewhere:1", "crashes": 1, "irreversible": False},
    outputs={"check": {"reference": "g1", "amount": 1}},
)
def unknown(plan: Plan) -> UUID:
    run_id = api.start_run(people.Checks).id
    claim(run_id)
    lost(run_id)
    return run_id


@situation(
    Reason.OUTCOME_UNKNOWN,
    "paused",
    "cancel_run, comment_run, retry_step ship, skip_step ship, resolve_step ship, rewind_run ship,"
    "rewind_run load",
    step="ship",
    details={"irreversible": True},
)
def unknown_and_irreversible(plan: Plan) -> UUID:
    run_id = api.start_run(people.Ships).id
    settled(claim(run_id))
    claim(run_id)
    lost(run_id)
    return run_id


@situation(
    Reason.OUTCOME_UNKNOWN,
    "running",
    "cancel_run, comment_run, retry_step left, skip_step left, resolve_step left, rewind_run left",
    step="left",
    open={"left": Reason.OUTCOME_UNKNOWN, "right": Reason.STEP_RUNNING},
)
def unknown_beside_one_that_runs(plan: Plan) -> UUID:
    run_id = api.start_run(workflows.Crashes).id
    for _ in range(2):
        claim(run_id)
    StepRun.objects.filter(run_id=run_id, name="left").update(lease_until=datetime(2020, 1, 1, tzinfo=UTC))
    recover_lost_steps()
    return run_id


@situation(
    Reason.CODE_MISSING,
    "paused",
    "cancel_run, comment_run, skip_step only, resolve_step only, rewind_run only",
    step="only",
    details={"path": "tests.host.steps:act_async", "installed_here": True, "clusters": 1},
    outputs={"only": "anything"},
)
def code_was_missing(plan: Plan) -> UUID:
    load_code.cache_clear()
    let_clusters_miss("tests.host.steps:act_async")
    with pytest.MonkeyPatch.context() as patched:
        patched.delattr(steps, "act_async")
        return driven(workflows.Async)


@situation(
    Reason.CODE_MISSING,
    "pending",
    "cancel_run, comment_run, skip_step only, rewind_run only",
    step="only",
    details={"path": "tests.host.steps:act_async", "error": None, "installed_here": True, "clusters": 1},
)
def no_cluster_has_the_code_of_a_due_step(plan: Plan) -> UUID:
    let_clusters_miss("shop.steps:other", "tests.host.steps:act_async")
    return api.start_run(workflows.Async).id


@situation(
    Reason.CRASH_CAP_REACHED,
    "paused",
    "cancel_run, comment_run, retry_step only, skip_step only, resolve_step only, rewind_run only",
    step="only",
    details={"crashes": 1, "worker": "elsewhere:1"},
)
def stopped_by_the_crash_cap(plan: Plan) -> UUID:
    run_id = api.start_run(workflows.Single).id
    claim(run_id)
    with override_settings(SQUID_MESH={"CRASH_CAP": 1}):
        lost(run_id)
    return run_id
