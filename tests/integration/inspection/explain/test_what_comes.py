"""What an explanation announces happens, and not before the time it names."""

from __future__ import annotations

import importlib
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel

from squid_mesh import Defer, api
from squid_mesh.definitions.code_paths import load_code
from squid_mesh.engine.recovery import recover_lost_steps
from squid_mesh.inspection.explain.explanation import Reason
from squid_mesh.models import Cluster, StepRun
from squid_mesh.store.clusters import add_cluster, show_missing
from squid_mesh.store.values import MissingCode
from tests.host import people, steps, workflows
from tests.host.runs import driven, fast_forward, row, run_until_idle, seen
from tests.integration.inspection.explain.situations import SITUATIONS, build_situation, long_ago

Plan = dict[str, Any]

#: Situations that end at a time, which the explanation names.
TIMED = (
    "scheduled",
    "asleep",
    "to_be_tried_again",
    "deferred",
    "code_was_missing",
    "unreadable_payload",
    "to_be_approved_by_a_deadline",
    "to_be_escalated",
    "escalated",
)


def explained(name: str, plan: Plan) -> tuple[UUID, api.Explanation]:
    run_id = build_situation(name, plan)
    return run_id, api.explain_run(run_id)


@pytest.mark.parametrize("name", TIMED)
def test_the_announced_time_is_the_rows_and_nothing_happens_before_it(name: str, plan: Plan) -> None:
    run_id, result = explained(name, plan)
    due = datetime.fromisoformat(result.details["due_at"])
    assert due == row(run_id, result.step).due_at
    before = seen(run_id)
    run_until_idle()
    assert seen(run_id) == before
    again = api.explain_run(run_id)
    assert (again.reason, again.details["due_at"]) == (result.reason, result.details["due_at"])


def test_every_situation_with_a_due_time_is_tested_here(plan: Plan) -> None:
    due = {"just_started", "retry_that_is_due", "no_cluster_to_start_it", "reopened_with_a_failure_left"}
    due |= {"due_where_one_cluster_has_no_code", "no_cluster_has_the_code_of_a_due_step"}
    lost = {"no_cluster_to_recover_it", "no_cluster_to_end_it"}
    found = set()
    for name in SITUATIONS:
        _, result = explained(name, plan)
        found |= {name} if result.details.get("due_at") else set()
    assert found == {*TIMED, *due, *lost}


@pytest.mark.parametrize("name", ["just_started", "no_cluster_to_start_it", "retry_that_is_due"])
def test_the_next_worker_executes_a_due_step(name: str, plan: Plan) -> None:
    run_id, result = explained(name, plan)
    run_until_idle()
    step = seen(run_id).step(result.step)
    assert (step.status, step.attempt) == ("completed", result.details["next_attempt"])


@pytest.mark.parametrize("name", ["scheduled", "asleep"])
def test_a_step_that_waits_for_a_time_runs_then(name: str, plan: Plan) -> None:
    run_id, _ = explained(name, plan)
    fast_forward(run_id)
    run_until_idle()
    assert api.explain_run(run_id).reason is Reason.COMPLETED


def test_each_retry_is_the_announced_attempt_until_none_is_left(plan: Plan) -> None:
    plan["flaky"] = steps.Busy("out of ink")
    run_id = driven(workflows.Retries)
    for attempt in (2, 3, 4):
        result = api.explain_run(run_id)
        assert result.reason is Reason.WAITING_FOR_RETRY
        assert (result.details["next_attempt"], result.details["max_attempts"]) == (attempt, 4)
        assert result.details["error"]["message"] == "out of ink"
        assert "traceback" not in result.details["error"]
        fast_forward(run_id)
        run_until_idle()
        assert seen(run_id).step("flaky").attempt == attempt
    assert api.explain_run(run_id).reason is Reason.RETRY_EXHAUSTED


def test_a_deferred_step_runs_again_and_then_its_join(plan: Plan) -> None:
    plan["right"] = [Defer("the paper is late", hours=1), Defer(hours=1), None]
    run_id = driven(people.Loops)
    for why in ("the paper is late", ""):
        result = api.explain_run(run_id)
        assert (result.reason, result.details["why"]) == (Reason.DEFERRED, why)
        (join,) = (one for one in result.open if one.reason is Reason.WAITING_FOR_DEPENDENCIES)
        assert (join.step, join.visit, join.details) == ("check", 1, {"waits_for": ["right"], "join": "all"})
        assert join.summary == "Step check waits for right to end."
        fast_forward(run_id)
        run_until_idle()
    assert seen(run_id).status == "completed"


@pytest.mark.parametrize(
    ("name", "then"),
    [
        ("worker_lost", Reason.PENDING_DISPATCH),
        ("worker_lost_with_an_outcome", Reason.OUTCOME_UNKNOWN),
        ("last_worker_lost", Reason.CRASH_CAP_REACHED),
        ("no_cluster_to_recover_it", Reason.NO_CLUSTER_RUNNING),
        ("no_cluster_to_end_it", Reason.CANCELLED),
    ],
)
def test_recovery_does_what_was_announced(name: str, then: Reason, plan: Plan) -> None:
    run_id, result = explained(name, plan)
    said = {"retry": "ready", "unknown": "unknown", "crash_cap": "paused", "cancelled": "cancelled"}
    recover_lost_steps()
    assert seen(run_id).step(result.step).status == said[result.details["then"]]
    assert api.explain_run(run_id).reason is then


def test_a_deadline_takes_the_announced_exit(plan: Plan) -> None:
    run_id, result = explained("to_be_approved_by_a_deadline", plan)
    named = [datetime.fromisoformat(result.details[key]) for key in ("due_at", "deadline")]
    assert abs(named[0] - named[1]) < timedelta(seconds=1)
    assert "(in 60 minutes), then the outcome is timeout." in result.summary
    fast_forward(run_id)
    assert "at the next worker's check the outcome is timeout." in api.explain_run(run_id).summary
    run_until_idle()
    assert seen(run_id).step("review").outcome == result.details["on_timeout"]


def test_an_escalation_asks_the_announced_people_and_then_takes_its_exit(plan: Plan) -> None:
    run_id, result = explained("to_be_escalated", plan)
    assert result.summary.endswith("then Board may also decide.")
    fast_forward(run_id)
    run_until_idle()
    again = api.explain_run(run_id)
    assert again.details["who"] == [*result.details["who"], result.details["escalates_to"]]
    assert again.details["since"] == result.details["since"]
    assert again.summary.startswith("Waiting for Finance or Board to decide on review since ")
    assert again.summary.endswith("then the outcome is rejected.")
    fast_forward(run_id)
    run_until_idle()
    assert seen(run_id).step("review").outcome == "rejected"


def test_missing_code_is_named_by_its_path_and_found_at_the_next_check(plan: Plan) -> None:
    load_code.cache_clear()
    with pytest.MonkeyPatch.context() as patched:
        patched.delattr(steps, "act_async")
        run_id = driven(workflows.Async)
        result = api.explain_run(run_id)
        assert (result.details["path"], result.details["installed_here"]) == (
            "tests.host.steps:act_async",
            False,
        )
        (offer,) = (one for one in result.next_actions if one.action == "resolve_step")
        assert offer.exits == ("error",)
        fast_forward(run_id)
        run_until_idle()
        assert api.explain_run(run_id).reason is Reason.CODE_MISSING
    fast_forward(run_id)
    run_until_idle()
    assert api.explain_run(run_id).reason is Reason.COMPLETED


def test_a_due_step_names_the_clusters_without_its_code_or_its_definition(plan: Plan) -> None:
    run_id = api.start_run(workflows.Async).id
    for number, code in enumerate(
        [
            MissingCode(definition=workflows.Async.blueprint.fingerprint),
            MissingCode(definition="0" * 64, step="only", path="shop.steps:other"),
            MissingCode(definition="0" * 64, step="else", path="tests.host.steps:act_async"),
        ]
    ):
        row = add_cluster(
            name=f"c{number}", host="h", pid=number, workers=1, version="", supervised=True, using="default"
        )
        show_missing(row, [code], "default")
    result = api.explain_run(run_id)
    assert result.reason is Reason.PENDING_DISPATCH
    assert sorted(result.details["without_code"]) == ["c0 on h (process 0)", "c2 on h (process 2)"]
    assert "; 3 worker clusters are running; its code is missing in c" in result.summary
    Cluster.objects.filter(name="c1").delete()
    result = api.explain_run(run_id)
    assert result.reason is Reason.CODE_MISSING
    assert "none of the 2 running worker clusters has its code" in result.summary


def test_an_approval_whose_form_is_deleted_says_so_and_offers_every_exit(plan: Plan) -> None:
    run_id, _ = explained("to_be_approved", plan)
    load_code.cache_clear()
    with pytest.MonkeyPatch.context() as patched:
        patched.delattr(people, "Terms")
        result = api.explain_run(run_id)
        assert not result.details["form_installed"]
        assert (
            "its form tests.host.people:Terms is no longer installed here: its stored schema checks "
            "the answers" in result.summary
        )
        (offer,) = (one for one in result.next_actions if one.action == "decide_approval")
        assert offer.exits == ("approved", "rejected", "later", "changes")


def test_an_approval_whose_form_can_not_be_imported_offers_the_other_exits(plan: Plan) -> None:
    def fail(name: str) -> None:
        raise RuntimeError("no such host")

    run_id, _ = explained("to_be_approved", plan)
    load_code.cache_clear()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(importlib, "import_module", fail)
        result = api.explain_run(run_id)
    assert "its form tests.host.people:Terms can't be loaded here, so it can't be approved" in result.summary
    (offer,) = (one for one in result.next_actions if one.action == "decide_approval")
    assert offer.exits == ("rejected", "later", "changes")


def test_an_approval_whose_form_has_changed_says_how(plan: Plan) -> None:
    class Changed(BaseModel):
        discount: int
        approver_code: str

    run_id, _ = explained("to_be_approved", plan)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(people, "Terms", Changed)
        load_code.cache_clear()
        result = api.explain_run(run_id)
    load_code.cache_clear()
    assert result.details["form_changes"] == [
        "required field approver_code was added",
        "field discount was changed",
        "field note was removed",
    ]
    assert "its form has changed since it was asked for: required field approver_code" in result.summary


def test_the_missing_votes_decide(plan: Plan) -> None:
    run_id, result = explained("to_be_approved_by_two", plan)
    assert result.details["missing"] == {"approved": 1, "rejected": 2, "later": 2}
    assert "1 more must approve (voter: approved)" in result.summary
    assert [(vote["by"], vote["exit"]) for vote in result.details["votes"]] == [("voter", "approved")]
    api.approve_run(run_id, actor=people.person("other", "squid_mesh.decide_approval"))
    assert seen(run_id).step("review").status == "completed"


@pytest.mark.parametrize("name", ["failing", "cancelling"])
def test_an_ending_run_ends_with_its_running_steps(name: str, plan: Plan) -> None:
    run_id, result = explained(name, plan)
    (still,) = result.details["in_flight"]
    assert result.summary.endswith(f"; the run ends when {still} does.")
    long_ago(run_id)
    recover_lost_steps()
    after = api.explain_run(run_id)
    assert after.status == {"failing": "failed", "cancelling": "cancelled"}[name]
    if name == "failing":
        assert (after.reason, after.step, after.details["error"]["message"]) == (
            Reason.STEP_FAILED,
            "right",
            "out of ink",
        )
    else:
        assert (after.reason, after.details["by"], after.details["reason"]) == (
            Reason.CANCELLED,
            "canceller",
            "a duplicate",
        )


def test_a_missing_cluster_is_mentioned_wherever_a_time_is_announced(plan: Plan) -> None:
    for name in TIMED:
        plan.clear()
        run_id = SITUATIONS[name].build(plan)
        result = api.explain_run(run_id)
        assert result.reason is SITUATIONS[name].reason
        assert result.summary.endswith(", but no worker cluster is running."), result.summary
        assert result.details["clusters"] == 0


def test_details_say_how_long_a_step_has_been_due(plan: Plan) -> None:
    run_id, _ = explained("no_cluster_to_start_it", plan)
    row_ = row(run_id, "one")
    StepRun.objects.filter(pk=row_.pk).update(due_at=row_.due_at - timedelta(hours=3))
    result = api.explain_run(run_id)
    assert 3 * 3600 <= result.details["due_seconds"] < 3 * 3600 + 60


def test_a_sentence_has_its_times_in_utc_with_the_date_of_another_day(plan: Plan) -> None:
    run_id, _ = explained("scheduled", plan)
    StepRun.objects.filter(run_id=run_id).update(due_at=datetime.fromisoformat("2096-02-03T04:05:06+01:00"))
    result = api.explain_run(run_id)
    assert result.summary == "Step one is scheduled to start at 2096-02-03 03:05 UTC."
    assert datetime.fromisoformat(result.details["due_at"]) == datetime.fromisoformat("2096-02-03T03:05:06Z")
