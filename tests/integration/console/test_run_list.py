"""The list of runs: what it tells, how it is searched and filtered, and that its cost stays the same."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from squid_mesh import api
from squid_mesh.console.base import pagination
from squid_mesh.definitions.request import Request
from squid_mesh.models import Run
from tests.host import people, workflows
from tests.host.holding import hold
from tests.host.looking import claim, driven
from tests.host.models import Order
from tests.integration.console.html import page

LIST = "/admin/squid_mesh/run/"
VIEW = "squid_mesh.view_run"
Plan = dict[str, Any]


def listed(client: Client, **query: str) -> list[Any]:
    response = client.get(LIST, query)
    assert response.status_code == 200
    return [run.pk for run in response.context["cl"].result_list]


def test_only_who_may_view_runs_sees_them(staff: Any) -> None:
    assert Client().get(LIST).status_code == 302
    assert staff(name="eve").get(LIST).status_code == 403
    assert staff(VIEW).get(LIST).status_code == 200


def test_a_row_tells_status_subject_trigger_and_what_the_run_waits_for(staff: Any, plan: Plan) -> None:
    order = Order.objects.create(note="order <b>1</b>")
    plan["flaky"] = ValueError("no ink")
    driven(workflows.Retries, subject=order)
    driven(people.Reviews)
    shown = page(staff(VIEW, "host.view_order"), LIST)
    for told in (
        "host.Retries",
        "sqm-tone-wait",
        "flaky waits for its next attempt, in",
        "review waits for an approval",
        f'href="/admin/host/order/{order.pk}/change/"',
        "order &lt;b&gt;1&lt;/b&gt;",
        "manual",
        "ago",
    ):
        assert told in shown
    assert "order &lt;b&gt;" not in page(staff(VIEW, name="bob"), LIST)


def test_a_row_tells_what_failed_the_run_and_not_its_message(staff: Any, plan: Plan) -> None:
    plan["only"] = ValueError("the card 4000-1234 is void")
    driven(workflows.Single)
    shown = page(staff(VIEW), LIST)
    assert "only failed: ValueError" in shown
    assert "4000-1234" not in shown


def test_running_and_unclaimed_steps_are_told_apart(staff: Any) -> None:
    run_id = api.start_run(workflows.Single).id
    assert "only waits for a worker" in page(staff(VIEW), LIST)
    claim(run_id)
    assert "only runs" in page(staff(VIEW, name="bob"), LIST)


def test_filters_narrow_the_list(staff: Any, plan: Plan) -> None:
    client = staff(VIEW)
    chain, review = driven(workflows.Chain), driven(people.Reviews)
    night = driven(workflows.Twice, trigger="nightly")
    old = driven(workflows.Single)
    Run.objects.filter(pk=old).update(created_at=timezone.now() - timedelta(days=3))
    assert listed(client) == [night, review, chain, old]
    assert listed(client, workflow="host.Chain") == [chain]
    assert listed(client, status="paused") == [review]
    assert listed(client, trigger="nightly") == [night]
    assert listed(client, since="24h") == [night, review, chain]
    assert listed(client, since="7d", status="completed") == [night, chain, old]
    assert listed(client, needs="human") == [review]


def test_a_held_branch_needs_a_person_though_the_run_runs(staff: Any) -> None:
    run_id = driven(people.Guards)
    Run.objects.filter(pk=run_id).update(status="running")
    assert listed(staff(VIEW), needs="human") == [run_id]


def test_the_trigger_filter_offers_those_of_the_chosen_workflow(staff: Any) -> None:
    shown = page(staff(VIEW), LIST, workflow="host.Twice")
    assert "?workflow=host.Twice&amp;trigger=nightly" in shown or "trigger=nightly" in shown
    assert "trigger=prompt" not in shown
    assert "trigger=prompt" in page(staff(VIEW, name="bob"), LIST)


@pytest.mark.parametrize("cut", [36, 13, 8])
def test_a_run_is_found_by_its_id_and_by_its_beginning(cut: int, staff: Any) -> None:
    run_id = driven(workflows.Single)
    client = staff(VIEW)
    assert listed(client, q=str(run_id)[:cut]) == [run_id]
    assert listed(client, q="ffffffff") == []
    assert listed(client, q=str(run_id)[:7]) == []


def test_a_run_is_found_by_its_key_and_by_its_subject(staff: Any) -> None:
    order = Order.objects.create(pk=4711, note="n")
    keyed = driven(workflows.Single, idempotency_key="Key-1")
    about = driven(workflows.Single, subject=order)
    client = staff(VIEW)
    assert listed(client, q="Key-1") == [keyed]
    assert listed(client, q=" 4711 ") == [about]
    assert listed(client, q="nothing") == []


def test_a_run_is_found_by_the_text_of_its_payload_and_never_by_its_secrets(staff: Any) -> None:
    run_id = driven(workflows.Secret, {"token": "tok-123", "note": "Grüße, „Anna“"})
    client = staff(VIEW)
    assert listed(client, q="payload:grüße") == [run_id]
    assert listed(client, q="payload: „Anna“") == [run_id]
    assert listed(client, q="payload:tok-12") == []
    assert listed(client, q="payload:") == [run_id]
    assert listed(client, q="Grüße") == []


def test_a_page_costs_as_many_queries_with_many_runs_as_with_few(
    admin_client: Client, django_assert_max_num_queries: Any
) -> None:
    client = admin_client
    driven(workflows.Single, subject=Order.objects.create(note="n"))
    for number in (1, 60):
        hold(people.Reviews, "review", number, request=Request(kind="approval"))
        client.get(LIST)
        with django_assert_max_num_queries(10):
            client.get(LIST)
        with django_assert_max_num_queries(10):
            client.get(LIST, {"needs": "human", "workflow": "host.Reviews", "p": "1"})


def test_long_columns_are_not_read(staff: Any, django_assert_max_num_queries: Any) -> None:
    driven(workflows.Single)
    client = staff(VIEW)
    with django_assert_max_num_queries(10) as asked:
        client.get(LIST)
    lists = [query["sql"] for query in asked.captured_queries if "ORDER BY" in query["sql"]]
    assert not any("payload" in sql for sql in lists)


def test_no_more_rows_are_counted_than_are_paged_through(staff: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pagination, "MAX_ROWS", 5)
    for _ in range(7):
        api.start_run(workflows.Single)
    response = staff(VIEW).get(LIST)
    assert response.context["cl"].result_count == 5
    assert "There are more than are counted here." in response.content.decode()


@pytest.mark.parametrize("model", ["steprun", "attempt", "auditevent"])
def test_what_belongs_to_runs_is_listed_to_look_at(model: str, staff: Any, plan: Plan) -> None:
    plan["only"] = ValueError("<script>alert(1)</script>")
    run_id = driven(workflows.Single)
    address = f"/admin/squid_mesh/{model}/"
    client = staff(f"squid_mesh.view_{model}")
    shown = page(client, address)
    assert f"/admin/squid_mesh/run/{run_id}/change/" in shown
    assert "<script>alert" not in shown
    found = client.get(address, {"q": str(run_id)}).context["cl"]
    assert found.result_count == found.queryset.count() > 0
    pk = found.result_list[0].pk
    assert client.get(f"{address}{pk}/change/").status_code == 200
    assert client.post(f"{address}{pk}/change/", {}).status_code == 403
    assert client.get(f"{address}add/").status_code == 403
    assert client.post(f"{address}{pk}/delete/", {"post": "yes"}).status_code == 403
    assert staff(name="eve").get(address).status_code == 403
