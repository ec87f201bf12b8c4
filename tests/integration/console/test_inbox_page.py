"""The page "Waiting for me": for whom it is, what it says, and what it costs."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from squid_mesh import api
from squid_mesh.definitions.request import Request
from tests.host import people
from tests.host.holding import LONG_AGO, hold
from tests.host.looking import driven
from tests.host.models import Order

PAGE = "/admin/squid_mesh/run/waiting/"
ASKED = Request(kind="approval", prompt="Fine?", exits=("approved", "rejected"))
HOSTILE = "<script>alert(1)</script>"


def text(client: Client, url: str = PAGE) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def test_only_staff_have_an_inbox(staff: Any) -> None:
    assert Client().get(PAGE)["Location"].startswith("/admin/login/")
    assert "Nothing waits for you." in text(staff())


def test_it_says_what_waits_since_when_and_what_to_do(staff: Any) -> None:
    order = Order.objects.create(note="first order")
    run_id = driven(people.Reviews, subject=order)
    shown = text(staff("squid_mesh.decide_approval", "squid_mesh.view_run", "host.view_order"))
    assert "Fine?" in shown
    assert f'href="/admin/squid_mesh/run/{run_id}/change/"' in shown
    assert f'href="/admin/host/order/{order.pk}/change/"' in shown
    assert "first order" in shown
    assert f'href="/admin/squid_mesh/run/{run_id}/act/decide_approval/?step=review"' in shown
    assert "overdue" not in shown


def test_who_may_not_view_the_run_or_its_subject_gets_no_link_there(staff: Any) -> None:
    order = Order.objects.create(note="first order")
    run_id = driven(people.Reviews, subject=order)
    shown = text(staff("squid_mesh.decide_approval"))
    assert f"/admin/squid_mesh/run/{run_id}/change/" not in shown
    assert "first order" not in shown
    assert f"host.order {order.pk}" in shown
    assert f"/run/{run_id}/act/decide_approval/?step=review" in shown


def test_a_subject_that_is_gone_is_named_by_its_key(staff: Any) -> None:
    order = Order.objects.create(note="gone")
    driven(people.Reviews, subject=order)
    key = order.pk
    order.delete()
    assert f"host.order {key}" in text(staff("squid_mesh.decide_approval", "host.view_order"))


def test_votes_deadlines_and_escalations_are_told(staff: Any) -> None:
    request = ASKED.model_copy(update={"deadline": LONG_AGO, "quorum": 3, "escalated": 2})
    (run_id,) = hold(people.FourEyes, "review", 1, request=request)
    api.approve_run(run_id, actor=people.person("bob", "squid_mesh.decide_approval"))
    shown = text(staff("squid_mesh.decide_approval"))
    for told in ("overdue", "bob: approved", "3 to approve, 1 to reject", "2 times"):
        assert told in shown


def test_what_people_wrote_is_escaped(staff: Any) -> None:
    order = Order.objects.create(note=HOSTILE)
    request = ASKED.model_copy(update={"prompt": HOSTILE, "quorum": 2})
    (run_id,) = hold(people.FourEyes, "review", 1, request=request)
    api.approve_run(run_id, actor=people.person("<b>bob</b>", "squid_mesh.decide_approval"))
    driven(people.Reviews, subject=order)
    shown = text(staff("squid_mesh.decide_approval", "host.view_order"))
    assert "<script" not in shown.split("<main")[-1].replace('<script src="', "")
    assert HOSTILE not in shown
    assert "<b>bob" not in shown


def test_it_goes_on_where_it_stopped(staff: Any) -> None:
    hold(people.Reviews, "review", 51, request=ASKED)
    client = staff("squid_mesh.decide_approval")
    first = client.get(PAGE)
    assert len(first.context["items"]) == 50
    further = text(client, f"{PAGE}{first.context['further']}")
    assert further.count('class="sqm-card"') == 1
    assert "Back to the oldest" in further
    assert client.get(f"{PAGE}?after=x").status_code == 404


def test_the_navigation_counts_what_waits(staff: Any) -> None:
    hold(people.Reviews, "review", 60, request=ASKED)
    assert '<span class="sqm-count">50+</span>' in text(staff("squid_mesh.decide_approval"))
    assert "sqm-count" not in text(staff(name="eve"))


def test_its_cost_does_not_grow(staff: Any, django_assert_max_num_queries: Any) -> None:
    client = staff("squid_mesh.decide_approval", "squid_mesh.view_run", "host.view_order", groups=("Legal",))
    for number in (5, 60):
        hold(people.Reviews, "review", number, request=ASKED.model_copy(update={"groups": ("Legal",)}))
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
def test_the_index_links_to_it_for_whoever_may_use_it_without_viewing_runs(
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


def test_nobody_is_counted_for_who_is_not_staff(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert "/squid_mesh/" not in text(Client(), "/admin/login/")
