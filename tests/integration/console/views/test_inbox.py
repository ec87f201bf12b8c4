"""The page "Waiting for me": for whom it is, what it says, and what it costs."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from squid_mesh import api
from squid_mesh.console.views.inbox import KINDS
from squid_mesh.definitions.request import Request
from squid_mesh.lifecycle import WaitingFor
from tests.host import people
from tests.host.held_runs import LONG_AGO, create_held_runs
from tests.host.models import Order
from tests.host.runs import driven

PAGE = "/admin/squid_mesh/run/waiting/"
ASKED = Request(kind="approval", prompt="Fine?", exits=("approved", "rejected"))
HOSTILE = "<script>alert(1)</script>"


def text(client: Client, url: str = PAGE) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def test_only_staff_see_the_inbox(staff: Any) -> None:
    assert Client().get(PAGE)["Location"].startswith("/admin/login/")
    assert "Nothing is waiting for you." in text(staff())


def test_an_item_shows_what_waits_and_links_to_its_action(staff: Any) -> None:
    order = Order.objects.create(note="first order")
    run_id = driven(people.Reviews, subject=order)
    shown = text(staff("squid_mesh.decide_approval", "squid_mesh.view_run", "host.view_order"))
    assert "Fine?" in shown
    assert f'href="/admin/squid_mesh/run/{run_id}/change/"' in shown
    assert f'href="/admin/host/order/{order.pk}/change/"' in shown
    assert "first order" in shown
    assert f'href="/admin/squid_mesh/run/{run_id}/act/decide_approval/?step=review"' in shown
    assert "overdue" not in shown


def test_an_item_has_no_link_to_a_run_or_subject_that_the_user_may_not_view(staff: Any) -> None:
    order = Order.objects.create(note="first order")
    run_id = driven(people.Reviews, subject=order)
    shown = text(staff("squid_mesh.decide_approval"))
    assert f"/admin/squid_mesh/run/{run_id}/change/" not in shown
    assert "first order" not in shown
    assert f"host.order {order.pk}" in shown
    assert f"/run/{run_id}/act/decide_approval/?step=review" in shown


def test_a_deleted_subject_is_named_by_its_key(staff: Any) -> None:
    order = Order.objects.create(note="gone")
    driven(people.Reviews, subject=order)
    key = order.pk
    order.delete()
    assert f"host.order {key}" in text(staff("squid_mesh.decide_approval", "host.view_order"))


def test_an_item_shows_votes_deadline_and_escalations(staff: Any) -> None:
    request = ASKED.model_copy(update={"deadline": LONG_AGO, "quorum": 3, "escalated": 2})
    (run_id,) = create_held_runs(people.FourEyes, "review", 1, request=request)
    api.approve_run(run_id, actor=people.person("bob", "squid_mesh.decide_approval"))
    shown = text(staff("squid_mesh.decide_approval"))
    for expected in ("overdue", "bob: approved", "3 to approve, 1 to reject", "2 times"):
        assert expected in shown


def test_texts_of_people_are_escaped(staff: Any) -> None:
    order = Order.objects.create(note=HOSTILE)
    request = ASKED.model_copy(update={"prompt": HOSTILE, "quorum": 2})
    (run_id,) = create_held_runs(people.FourEyes, "review", 1, request=request)
    api.approve_run(run_id, actor=people.person("<b>bob</b>", "squid_mesh.decide_approval"))
    driven(people.Reviews, subject=order)
    shown = text(staff("squid_mesh.decide_approval", "host.view_order"))
    assert "<script" not in shown.split("<main")[-1].replace('<script src="', "")
    assert HOSTILE not in shown
    assert "<b>bob" not in shown


def test_the_next_page_continues_after_the_last_item(staff: Any) -> None:
    create_held_runs(people.Reviews, "review", 51, request=ASKED)
    client = staff("squid_mesh.decide_approval")
    first = client.get(PAGE)
    assert len(first.context["items"]) == 50
    next_page = text(client, f"{PAGE}{first.context['next_url']}")
    assert next_page.count('class="sqm-card"') == 1
    assert "Back to the oldest" in next_page
    assert client.get(f"{PAGE}?after=x").status_code == 404


def test_the_navigation_shows_how_many_steps_wait(staff: Any) -> None:
    create_held_runs(people.Reviews, "review", 60, request=ASKED)
    assert '<span class="sqm-count">50+</span>' in text(staff("squid_mesh.decide_approval"))
    assert "sqm-count" not in text(staff(name="eve"))


def test_the_number_of_queries_does_not_grow_with_the_waiting_steps(
    staff: Any, django_assert_max_num_queries: Any
) -> None:
    client = staff("squid_mesh.decide_approval", "squid_mesh.view_run", "host.view_order", groups=("Legal",))
    for number in (5, 60):
        request = ASKED.model_copy(update={"groups": ("Legal",)})
        create_held_runs(people.Reviews, "review", number, request=request)
        with django_assert_max_num_queries(14):
            client.get(PAGE)


WAYS = [
    (("squid_mesh.decide_approval",), (), True),
    (("squid_mesh.retry_step",), (), True),
    ((), ("Finance",), True),
    ((), ("Legal",), False),
    (("squid_mesh.comment_run", "host.view_order"), (), False),
]


@pytest.mark.parametrize(("permissions", "groups", "shown"), WAYS)
def test_the_index_links_to_the_inbox_for_users_who_may_act_there(
    permissions: tuple[str, ...], groups: tuple[str, ...], shown: bool, staff: Any
) -> None:
    run_id = driven(people.Escalates)
    client = staff(*permissions, groups=groups)
    link = 'href="/admin/squid_mesh/waiting/"'
    for address in ("/admin/", "/admin/password_change/"):
        assert (link in text(client, address)) is shown
    assert client.get("/admin/squid_mesh/").status_code == (200 if shown else 404)
    if shown:
        assert client.get("/admin/squid_mesh/waiting/")["Location"] == PAGE
    if groups == ("Finance",):
        api.approve_run(run_id, actor=client.get(PAGE).wsgi_request.user)
        assert link not in text(client, "/admin/")


def test_nothing_is_counted_for_users_who_are_not_staff(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert "/squid_mesh/" not in text(Client(), "/admin/login/")


def test_every_wait_for_a_person_has_a_badge_and_a_prompt() -> None:
    automatic = {WaitingFor.RETRY, WaitingFor.TIMER, WaitingFor.DEFER}
    assert set(KINDS) == set(WaitingFor) - automatic
