"""Deciding approvals: votes, exits, deciders, quorums, deadlines."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User

from squid_mesh import api
from squid_mesh.actions import Action
from squid_mesh.engine.settle.results import Done
from squid_mesh.exceptions import (
    AlreadyDecided,
    IllegalAction,
    InvalidArgument,
    NotPermitted,
    StepNotFound,
)
from squid_mesh.models import AuditEvent, Decision, StepRun
from tests.host import people, steps
from tests.host.people import person
from tests.host.runs import claim, driven, events, fast_forward, row, run_until_idle, seen, settled, statuses

DECIDE = "squid_mesh.decide_approval"

Plan = dict[str, Any]


@pytest.fixture
def ada() -> User:
    return person("ada", DECIDE)


@pytest.fixture
def bob() -> User:
    return person("bob", DECIDE)


def test_an_approval_waits_and_shows_its_prompt() -> None:
    run = seen(driven(people.Reviews))
    step = run.step("review")
    assert run.status == "paused"
    assert (step.status, step.waiting_for, step.due_at) == ("paused", "approval", None)
    assert step.request is not None
    assert step.request["prompt"] == "Fine?"
    assert step.request["exits"] == ["approved", "rejected", "later", "changes"]
    assert step.request["form_schema"] == people.Terms.model_json_schema()
    assert [a.outcome for a in step.attempts] == ["waiting"]
    assert events(run.id) == ["run_started", "approval_requested"]


def test_approving_takes_the_ok_edge_with_the_answers_as_output(ada: User, calls: list[str]) -> None:
    run_id = driven(people.Reviews)
    after = api.approve_run(run_id, actor=ada, comment="fine", data={"discount": 10})
    assert after.status == "running"
    run_until_idle()
    run = seen(run_id)
    assert calls == ["load", "charge"]
    assert run.status == "completed"
    assert run.state["review"] == {"discount": 10, "note": ""}
    assert (run.step("review").outcome, run.step("inform").status) == ("ok", "skipped")
    (word,) = run.step("review").decisions
    assert (word.exit, word.actor, word.comment, word.data) == (
        "approved",
        "ada",
        "fine",
        {"discount": 10, "note": ""},
    )
    event = run.events[2]
    assert (event.type, event.step, event.actor, event.comment) == ("approved", "review", "ada", "fine")
    assert event.data == {"exit": "approved", "visit": 1}
    assert AuditEvent.objects.get(type="approved").actor_key == str(ada.pk)
    assert Decision.objects.get().actor_key == str(ada.pk)


@pytest.mark.parametrize(
    ("exit", "kind", "went"), [("rejected", "rejected", ["load", "inform"]), ("later", "decided", ["load"])]
)
def test_other_exits_take_their_own_route_and_need_no_form(
    exit: str, kind: str, went: list[str], ada: User, calls: list[str]
) -> None:
    run_id = driven(people.Reviews)
    api.decide_approval(run_id, exit, actor=ada)
    run_until_idle()
    assert calls == went
    assert (seen(run_id).status, seen(run_id).step("review").outcome) == ("completed", exit)
    assert events(run_id)[2] == kind


def test_rejecting_is_deciding_rejected(ada: User) -> None:
    run_id = driven(people.Reviews)
    api.reject_run(run_id, actor=ada)
    assert row(run_id, "review").outcome == "rejected"


@pytest.mark.parametrize("exit", ["timeout", "ok", "no such"])
def test_an_unknown_exit_is_rejected(exit: str, ada: User) -> None:
    run_id = driven(people.Expires)
    before = seen(run_id)
    with pytest.raises(InvalidArgument) as caught:
        api.decide_approval(run_id, exit, actor=ada)
    assert caught.value.details == {"argument": "exit", "known": ["approved", "rejected"]}
    assert seen(run_id) == before


@pytest.mark.parametrize("actor", [None, "a program", User(username="unsaved")])
def test_only_a_saved_user_decides(actor: Any) -> None:
    run_id = driven(people.Reviews)
    with pytest.raises(InvalidArgument) as caught:
        api.decide_approval(run_id, "rejected", actor=actor)
    assert caught.value.details["argument"] == "actor"
    with pytest.raises(InvalidArgument):
        api.decide_approval(run_id, "rejected", actor=AnonymousUser())


def test_an_approval_that_names_no_decider_requires_the_permission() -> None:
    run_id = driven(people.Reviews)
    with pytest.raises(NotPermitted) as caught:
        api.reject_run(run_id, actor=person("eve"))
    assert caught.value.code == "not_permitted"
    assert caught.value.details == {"action": "decide_approval", "permission": DECIDE}
    assert not Decision.objects.exists()


def test_a_decider_must_meet_every_requirement_of_the_approval() -> None:
    run_id = driven(people.Assigned)
    permission = "host.change_order"
    lacking = [
        person("bob", permission, DECIDE, groups=("Finance",)),
        person("cleo", is_superuser=True),
    ]
    for user in lacking:
        with pytest.raises(NotPermitted):
            api.approve_run(run_id, actor=user)
    ada = person("ada", DECIDE, groups=("Finance",))
    with pytest.raises(NotPermitted) as caught:
        api.approve_run(run_id, actor=ada)
    assert caught.value.details == {
        "action": "decide_approval",
        "permission": permission,
        "groups": ["Finance", "Legal"],
        "assignees": ["username:ada"],
    }
    ada.delete()
    api.approve_run(run_id, actor=person("ada", permission, groups=("Legal",)))
    assert row(run_id, "review").status == "completed"


def test_an_assignee_can_be_given_by_primary_key(plan: Plan) -> None:
    ada = person("ada", "host.change_order", groups=("Legal",))
    plan["reviewer"] = ada
    run_id = driven(people.Assigned)
    assert row(run_id, "review").request["assignees"] == [f"pk:{ada.pk}"]
    impostor = person(f"pk:{ada.pk}", "host.change_order", groups=("Legal",))
    with pytest.raises(NotPermitted):
        api.approve_run(run_id, actor=impostor)
    api.approve_run(run_id, actor=ada)


def test_the_starter_of_a_run_can_be_excluded_from_deciding() -> None:
    boss = User.objects.create_superuser("boss")
    run_id = driven(people.FourEyes, actor=boss)
    with pytest.raises(NotPermitted) as caught:
        api.approve_run(run_id, actor=boss)
    assert caught.value.details["not_by_starter"] is True
    other = driven(people.FourEyes, actor="a program")
    api.approve_run(other, actor=boss)


def test_a_quorum_needs_different_people(ada: User, bob: User, calls: list[str]) -> None:
    run_id = driven(people.FourEyes)
    assert api.approve_run(run_id, actor=ada).status == "paused"
    assert events(run_id)[-1] == "voted"
    assert row(run_id, "review").status == "paused"
    before = seen(run_id)
    for exit in ("approved", "rejected"):
        with pytest.raises(AlreadyDecided) as caught:
            api.decide_approval(run_id, exit, actor=ada)
        assert (caught.value.details["by"], caught.value.details["exit"]) == ("ada", "approved")
    assert seen(run_id) == before
    assert api.approve_run(run_id, actor=bob).status == "running"
    run_until_idle()
    assert calls == ["after"]
    assert [w.actor for w in seen(run_id).step("review").decisions] == ["ada", "bob"]
    assert events(run_id)[1:] == ["approval_requested", "voted", "approved", "run_completed"]


def test_as_many_rejections_decide_as_the_approval_requires(ada: User, bob: User) -> None:
    run_id = driven(people.FourEyes)
    cleo = person("cleo", DECIDE)
    api.reject_run(run_id, actor=ada)
    api.approve_run(run_id, actor=cleo)
    assert seen(run_id).status == "paused"
    api.reject_run(run_id, actor=bob)
    assert seen(run_id).status == "failed"
    assert seen(run_id).error == {"step": "review", "outcome": "rejected"}


def test_another_exit_does_not_bypass_the_quorum(ada: User, bob: User) -> None:
    run_id = driven(people.FourEyes)
    api.decide_approval(run_id, "later", actor=ada)
    assert seen(run_id).status == "paused"
    api.decide_approval(run_id, "later", actor=bob)
    assert seen(run_id).status == "completed"


def test_the_second_of_two_people_gets_an_error_that_names_the_first(ada: User, bob: User) -> None:
    run_id = driven(people.Reviews)
    api.approve_run(run_id, actor=ada, data={"discount": 1})
    before = seen(run_id)
    for named in (None, "review"):
        with pytest.raises(AlreadyDecided) as caught:
            api.reject_run(run_id, step=named, actor=bob)
        assert caught.value.code == "already_decided"
        details = caught.value.details
        assert (details["step"], details["exit"], details["by"]) == ("review", "approved", "ada")
        assert datetime.fromisoformat(details["at"]) == before.events[2].created_at
    assert seen(run_id) == before


def test_the_decider_stays_recorded_after_the_account_is_deleted(ada: User) -> None:
    run_id = driven(people.Reviews)
    api.reject_run(run_id, actor=ada)
    key = str(ada.pk)
    ada.delete()
    word = Decision.objects.get()
    assert (word.actor_key, word.actor_text) == (key, "ada")
    assert seen(run_id).events[2].actor == "ada"


def test_one_of_several_waiting_approvals_must_be_named(ada: User) -> None:
    run_id = driven(people.TwoReviews)
    with pytest.raises(InvalidArgument) as caught:
        api.approve_run(run_id, actor=ada)
    assert caught.value.details == {"argument": "step", "known": ["left", "right"]}
    api.approve_run(run_id, actor=ada, step="left")
    assert seen(run_id).status == "paused"
    api.approve_run(run_id, actor=ada)
    assert statuses(run_id) == {"left": "completed", "right": "completed", "after": "ready"}


def test_only_a_waiting_approval_can_be_decided(ada: User) -> None:
    run_id = driven(people.Holds)
    with pytest.raises(IllegalAction) as caught:
        api.approve_run(run_id, actor=ada)
    assert caught.value.details["status"] == "paused"
    with pytest.raises(IllegalAction) as caught:
        api.approve_run(run_id, step="ready", actor=ada)
    assert caught.value.details == {
        "run_id": str(run_id),
        "status": "paused",
        "step": "ready",
        "step_status": "paused",
        "waiting_for": "pause",
    }
    with pytest.raises(StepNotFound) as unknown:
        api.approve_run(run_id, step="raedy", actor=ada)
    assert unknown.value.details["known"] == ["before", "ready", "after"]


def test_an_approval_of_a_cancelled_run_cannot_be_decided(ada: User) -> None:
    run_id = driven(people.Reviews)
    api.cancel_run(run_id)
    before = seen(run_id)
    assert before.status == "cancelled"
    with pytest.raises(IllegalAction):
        api.reject_run(run_id, actor=ada)
    assert seen(run_id) == before


def test_rework_asks_again_and_a_decision_on_the_earlier_visit_is_rejected(
    ada: User, bob: User, calls: list[str]
) -> None:
    run_id = driven(people.Reviews)
    api.decide_approval(run_id, "changes", visit=1, actor=ada, comment="too dear")
    run_until_idle()
    run = seen(run_id)
    assert calls == ["load", "load"]
    assert run.status == "paused"
    assert [(s.visit, s.status, s.current) for s in run.steps if s.name == "review"] == [
        (1, "completed", False),
        (2, "paused", True),
    ]
    assert run.step("review").decisions == ()
    with pytest.raises(AlreadyDecided) as caught:
        api.approve_run(run_id, visit=1, actor=bob, data={"discount": 1})
    assert (caught.value.details["exit"], caught.value.details["visit"]) == ("changes", 1)
    with pytest.raises(IllegalAction):
        api.approve_run(run_id, step="review", visit=3, actor=bob, data={"discount": 1})
    api.approve_run(run_id, visit=2, actor=ada, data={"discount": 1})
    run_until_idle()
    assert seen(run_id).status == "completed"
    assert [e.type for e in run.events] == [
        "run_started",
        "approval_requested",
        "decided",
        "rewound",
        "approval_requested",
    ]


def test_rework_ends_at_the_last_visit(ada: User) -> None:
    run_id = driven(people.Reviews)
    for _ in range(3):
        assert seen(run_id).status == "paused"
        api.decide_approval(run_id, "changes", actor=ada)
        run_until_idle()
    run = seen(run_id)
    assert run.status == "failed"
    assert run.error is not None
    assert (run.error["step"], run.error["outcome"], run.error["code"]) == ("review", "changes", "max_visits")
    assert run.step("load").visit == run.step("review").visit == 3


def test_the_deadline_takes_its_exit(calls: list[str], ada: User) -> None:
    run_id = driven(people.Expires)
    step = seen(run_id).step("review")
    assert step.due_at is not None
    assert step.request is not None
    deadline = datetime.fromisoformat(step.request["deadline"])
    assert abs(step.due_at - deadline) < timedelta(seconds=5)
    assert run_until_idle() == 0
    assert fast_forward(run_id) == 1
    run_until_idle()
    run = seen(run_id)
    assert calls == ["late"]
    assert run.status == "completed"
    assert (run.step("review").outcome, run.step("after").status) == ("timeout", "skipped")
    assert events(run_id) == ["run_started", "approval_requested", "approval_timed_out", "run_completed"]
    with pytest.raises(AlreadyDecided) as caught:
        api.approve_run(run_id, actor=ada)
    assert (caught.value.details["exit"], caught.value.details["by"]) == ("timeout", "")


def test_a_decision_removes_the_deadline(ada: User, calls: list[str]) -> None:
    run_id = driven(people.Expires)
    api.approve_run(run_id, actor=ada)
    assert row(run_id, "review").due_at is None
    fast_forward(run_id)
    run_until_idle()
    assert calls == ["after"]


def test_a_decision_waits_while_a_worker_handles_the_deadline(ada: User) -> None:
    run_id = driven(people.Expires)
    fast_forward(run_id)
    held = claim(run_id)
    before = seen(run_id)
    with pytest.raises(IllegalAction) as caught:
        api.approve_run(run_id, actor=ada)
    assert not isinstance(caught.value, AlreadyDecided)
    assert seen(run_id) == before
    settled(held, Done("timeout", None))
    with pytest.raises(AlreadyDecided):
        api.approve_run(run_id, actor=ada)
    assert not Decision.objects.exists()


def test_an_escalation_asks_more_people_until_its_own_deadline() -> None:
    run_id = driven(people.Escalates)
    clerk, chair = person("clerk", groups=("Finance",)), person("chair", groups=("Board",))
    with pytest.raises(NotPermitted):
        api.approve_run(run_id, actor=chair)
    fast_forward(run_id)
    run_until_idle()
    assert seen(run_id).status == "paused"
    event = seen(run_id).events[-1]
    assert (event.type, event.data["to"]["groups"]) == ("escalated", ["Board"])
    with pytest.raises(NotPermitted) as caught:
        api.approve_run(run_id, actor=person("eve", DECIDE))
    assert caught.value.details["groups"] == ["Finance"]
    assert caught.value.details["also"] == [{"groups": ["Board"]}]
    other = driven(people.Escalates)
    for user, run in ((chair, run_id), (clerk, other)):
        api.approve_run(run, actor=user)
    last = driven(people.Escalates)
    for _ in range(2):
        fast_forward(last)
        run_until_idle()
    assert seen(last).step("review").outcome == "rejected"
    assert events(last)[1:4] == ["approval_requested", "escalated", "approval_timed_out"]


def test_a_worker_lost_at_the_deadline_does_not_ask_again() -> None:
    run_id = driven(people.Expires)
    fast_forward(run_id)
    claim(run_id)
    StepRun.objects.filter(lease_until__isnull=False).update(
        lease_until=datetime.fromisoformat("2020-01-01T00:00Z")
    )
    run_until_idle()
    assert seen(run_id).step("review").outcome == "timeout"


def test_an_approval_stops_only_its_own_branch(plan: Plan, calls: list[str]) -> None:
    run_id = driven(people.Guards)
    assert calls == ["start", "aside"]
    assert statuses(run_id) == {
        "start": "completed",
        "gate": "paused",
        "aside": "completed",
        "after": "pending",
    }


def test_an_assignee_rule_that_fails_fails_the_step(plan: Plan) -> None:
    plan["reviewer"] = []
    run = seen(driven(people.Assigned))
    assert run.status == "failed"
    assert run.error is not None
    assert run.error["step"] == "review"
    assert steps.CALLS == []


def test_the_starter_cannot_bypass_four_eyes_by_a_skip() -> None:
    ada, bob = (person(name, "squid_mesh.skip_step") for name in ("ada", "bob"))
    run_id = driven(people.FourEyes, actor=ada)
    before = api.inspect_run(run_id, history=True)
    with pytest.raises(NotPermitted) as caught:
        api.skip_step(run_id, "review", actor=ada)
    assert caught.value.details["not_by_starter"] is True
    assert api.inspect_run(run_id, history=True) == before
    (skip,) = (a for a in api.explain_run(run_id, user=ada).next_actions if a.action is Action.SKIP)
    assert (skip.permitted, skip.why_not) == (False, "The person who started the run cannot decide.")
    (skip,) = (a for a in api.explain_run(run_id, user=person("eve")).next_actions if a.action is Action.SKIP)
    assert skip.why_not == "Requires the permission squid_mesh.skip_step."
    assert api.skip_step(run_id, "review", actor=bob).status == "running"
