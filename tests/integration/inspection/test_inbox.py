"""What waits for a person: whose it is, in which order, and at what cost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import AnonymousUser, User
from django.db import connection

from squid_mesh import api
from squid_mesh.definitions.request import Deciders, Request
from squid_mesh.exceptions import InvalidArgument
from squid_mesh.inspection.held_steps import held_steps
from squid_mesh.models import AuditEvent, Run, StepRun
from tests.host import people, workflows
from tests.host.held_runs import LONG_AGO, create_held_runs
from tests.host.people import person
from tests.host.runs import driven, fast_forward, run_until_idle

ASKED = Request(kind="approval", prompt="Fine?", exits=("approved", "rejected"))


def waits_for(user: Any) -> list[tuple[str, str]]:
    return [(item.workflow, item.step) for item in api.list_waiting(user=user).items]


def test_an_approval_without_assignees_waits_for_users_with_the_permission() -> None:
    run_id = driven(people.Reviews)
    (item,) = api.list_waiting(user=person("ada", "squid_mesh.decide_approval")).items
    assert (item.run_id, item.workflow, item.step, item.visit) == (run_id, "host.Reviews", "review", 1)
    assert (item.prompt, item.exits) == ("Fine?", ("approved", "rejected", "later", "changes"))
    assert item.actions == ("decide_approval",)
    asked = AuditEvent.objects.get(run_id=run_id, type="approval_requested")
    assert item.since == asked.created_at
    assert waits_for(person("eve", "squid_mesh.unblock_run", "squid_mesh.skip_step")) == []
    assert waits_for(person("root", is_superuser=True)) == [("host.Reviews", "review")]
    assert waits_for(AnonymousUser()) == []


def test_a_pause_waits_for_the_people_it_names() -> None:
    driven(people.Holds)
    driven(people.Guards)
    assert waits_for(person("ada", "squid_mesh.unblock_run")) == [("host.Holds", "ready")]
    some = person("bob", "host.change_order", groups=("Warehouse",))
    (item,) = api.list_waiting(user=some).items
    assert (item.step, item.waiting_for, item.actions) == ("gate", "pause", ("unblock_run",))
    assert waits_for(person("cleo", groups=("Warehouse",))) == []


@pytest.mark.parametrize("by", ["pk", "username"])
def test_an_assigned_approval_waits_for_the_assignees(plan: dict[str, Any], by: str) -> None:
    ada = person("ada", "host.change_order", groups=("Legal",))
    plan["reviewer"] = ada if by == "pk" else "ada"
    driven(people.Assigned)
    assert waits_for(ada) == [("host.Assigned", "review")]
    assert waits_for(person("bob", "host.change_order", groups=("Legal",))) == []
    ada.groups.clear()
    assert waits_for(User.objects.get(username="ada")) == []


def test_the_starter_and_people_who_have_voted_are_left_out() -> None:
    may = ("squid_mesh.start_run", "squid_mesh.decide_approval")
    ada, bob, cleo = (person(name, *may) for name in ("ada", "bob", "cleo"))
    run_id = driven(people.FourEyes, actor=ada)
    assert waits_for(ada) == []
    api.approve_run(run_id, actor=bob)
    assert waits_for(bob) == []
    (item,) = api.list_waiting(user=cleo).items
    assert (item.quorum, [(vote.exit, vote.actor) for vote in item.votes]) == (2, [("approved", "bob")])
    api.approve_run(run_id, actor=cleo)
    assert waits_for(person("dan", *may)) == []


def test_an_escalation_asks_more_people_and_the_deadline_is_shown() -> None:
    board, finance = person("ada", groups=("Board",)), person("bob", groups=("Finance",))
    run_id = driven(people.Escalates)
    assert waits_for(board) == []
    (item,) = api.list_waiting(user=finance).items
    assert (item.overdue, item.escalated) == (False, 0)
    assert timedelta(minutes=59) < item.deadline - item.since <= timedelta(minutes=61)
    fast_forward(run_id)
    run_until_idle()
    (item,) = api.list_waiting(user=board).items
    assert item.escalated == 1
    assert waits_for(finance) == [("host.Escalates", "review")]


def test_a_deadline_that_has_passed_is_overdue() -> None:
    create_held_runs(people.Expires, "review", 1, request=ASKED.model_copy(update={"deadline": LONG_AGO}))
    (item,) = api.list_waiting(user=person("ada", "squid_mesh.decide_approval")).items
    assert item.overdue
    assert item.since == LONG_AGO


@pytest.mark.parametrize(
    ("waiting_for", "actions"),
    [
        ("crash_cap", ("retry_step", "skip_step", "resolve_step")),
        ("outcome", ("retry_step", "skip_step", "resolve_step")),
        ("code", ("skip_step", "resolve_step")),
    ],
)
def test_steps_stopped_by_problems_wait_for_users_who_may_fix_them(
    waiting_for: str, actions: tuple[str, ...]
) -> None:
    create_held_runs(workflows.Single, "only", 1, request=None, waiting_for=waiting_for)
    every = person("ada", "squid_mesh.retry_step", "squid_mesh.skip_step", "squid_mesh.resolve_step")
    (item,) = api.list_waiting(user=every).items
    assert (item.waiting_for, item.actions) == (waiting_for, actions)
    (item,) = api.list_waiting(user=person("bob", "squid_mesh.skip_step")).items
    assert item.actions == ("skip_step",)
    assert waits_for(person("eve", "squid_mesh.decide_approval", "squid_mesh.cancel_run")) == []


@pytest.mark.parametrize(("status", "number"), [("paused", 1), ("cancelling", 0)])
def test_an_ending_run_waits_for_no_one(status: str, number: int) -> None:
    create_held_runs(workflows.Single, "only", 1, request=None, waiting_for="outcome")
    Run.objects.update(status=status)
    assert len(waits_for(person("ada", "squid_mesh.retry_step"))) == number


def test_an_earlier_visit_waits_for_no_one() -> None:
    create_held_runs(people.Reviews, "review", 1, request=ASKED)
    StepRun.objects.update(current=False)
    assert waits_for(person("ada", "squid_mesh.decide_approval")) == []


def test_the_oldest_steps_come_first_and_pages_continue() -> None:
    ids = create_held_runs(people.Reviews, "review", 5, request=ASKED)
    ada = person("ada", "squid_mesh.decide_approval")
    first = api.list_waiting(user=ada, limit=2)
    second = api.list_waiting(user=ada, limit=2, after=first.next)
    last = api.list_waiting(user=ada, limit=2, after=second.next)
    found = [item.run_id for page in (first, second, last) for item in page.items]
    assert found == ids
    assert last.next is None
    assert api.list_waiting(user=ada, limit=5).next is None


def test_a_page_examines_a_bounded_number_of_steps_and_the_next_page_continues() -> None:
    theirs = ASKED.model_copy(update={"groups": ("Finance",)})
    create_held_runs(people.Reviews, "review", 1100, request=theirs)
    mine = create_held_runs(people.Reviews, "review", 1, request=ASKED)
    ada = person("ada", "squid_mesh.decide_approval", groups=("Legal",))
    page = api.list_waiting(user=ada)
    assert (page.items, page.examined) == ((), 1000)
    assert api.count_waiting(ada) == api.WaitingCount(number=0, more=True)
    rest = api.list_waiting(user=ada, after=page.next)
    assert [item.run_id for item in rest.items] == mine
    assert (rest.next, rest.examined) == (None, 101)


def test_the_cost_does_not_grow_with_the_number_of_held_steps(django_assert_max_num_queries: Any) -> None:
    starter = person("starter")
    for request in (
        ASKED.model_copy(update={"groups": ("Finance",), "not_by_starter": True}),
        ASKED.model_copy(update={"permission": "host.change_order"}),
        ASKED.model_copy(update={"also": (Deciders(groups=("Board",)), Deciders(groups=("Legal",)))}),
    ):
        create_held_runs(people.Reviews, "review", 400, request=request, starter=starter)
    ada = person("ada", groups=("Legal",))
    with django_assert_max_num_queries(10):
        page = api.list_waiting(user=User.objects.get(pk=ada.pk), limit=100)
    assert len(page.items) == 100
    eve = User.objects.get(pk=person("eve").pk)
    with django_assert_max_num_queries(10):
        assert api.list_waiting(user=eve).examined == 1000
    with django_assert_max_num_queries(4):
        assert api.count_waiting(User.objects.get(pk=eve.pk)).more


def test_a_count_stops_at_fifty() -> None:
    ada = person("ada", "squid_mesh.decide_approval")
    assert api.count_waiting(ada) == api.WaitingCount(number=0, more=False)
    create_held_runs(people.Reviews, "review", 50, request=ASKED)
    assert api.count_waiting(ada) == api.WaitingCount(number=50, more=False)
    create_held_runs(people.Reviews, "review", 3, request=ASKED)
    assert api.count_waiting(ada) == api.WaitingCount(number=50, more=True)


def test_held_steps_are_found_by_their_index() -> None:
    create_held_runs(people.Reviews, "review", 3, request=ASKED)
    held = held_steps("default").filter(pk__gt=0).order_by("pk")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    if connection.vendor != "mysql":  # it has no partial indexes
        assert "squid_mesh_step_held" in held[:250].explain()


@pytest.mark.parametrize("options", [{"limit": 0}, {"limit": 101}, {"after": "x"}, {"after": "-1"}])
def test_an_invalid_page_is_rejected(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument):
        api.list_waiting(user=person("ada"), **options)


@pytest.mark.django_db(transaction=True)
def test_the_async_functions_return_the_same() -> None:
    create_held_runs(people.Reviews, "review", 1, request=ASKED)
    ada = person("ada", "squid_mesh.decide_approval")
    assert async_to_sync(api.alist_waiting)(user=ada) == api.list_waiting(user=ada)
    assert async_to_sync(api.acount_waiting)(ada).number == 1
