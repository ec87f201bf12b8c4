"""Tags in the console: shown as links, asked for by the list's filter, never more than text."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from squid_mesh import api
from squid_mesh.models import Run
from tests.host import people, workflows
from tests.host.looking import driven
from tests.integration.console.html import page

LIST = "/admin/squid_mesh/run/"
VIEW = "squid_mesh.view_run"


def listed(client: Client, **query: str) -> list[Any]:
    response = client.get(LIST, query)
    assert response.status_code == 200
    return [run.pk for run in response.context["cl"].result_list]


@pytest.mark.parametrize("address", [LIST, f"{LIST}{{}}/change/"])
def test_tags_are_links_to_the_runs_that_have_them(address: str, staff: Any) -> None:
    run_id = driven(workflows.Single, tags=["région & <b>", "vip"])
    shown = page(staff(VIEW), address.format(run_id))
    assert f'<a class="sqm-tag" href="{LIST}?tag=vip">vip</a>' in shown
    assert f'href="{LIST}?tag=r%C3%A9gion+%26+%3Cb%3E">région &amp; &lt;b&gt;</a>' in shown
    assert listed(staff(VIEW, name="bob"), tag="région & <b>") == [run_id]


def test_a_run_without_tags_shows_none(staff: Any) -> None:
    run_id = driven(workflows.Single)
    assert "sqm-tag" not in page(staff(VIEW), f"{LIST}{run_id}/change/")


def test_the_list_is_narrowed_by_a_tag_by_several_and_by_more(staff: Any) -> None:
    client = staff(VIEW)
    review = driven(people.Reviews, tags=["vip", "eu"])
    single = driven(workflows.Single, tags=["vip"], idempotency_key="k")
    plain = driven(workflows.Single)
    assert listed(client) == [plain, single, review]
    assert listed(client, tag="vip") == [single, review]
    assert listed(client, tag=" eu , vip,") == [review]
    assert listed(client, tag="VIP") == listed(client, tag="a" * 65) == []
    assert listed(client, tag=" ") == [plain, single, review]
    assert listed(client, tag="vip", status="completed") == listed(client, tag="vip", q="k") == [single]
    assert listed(client, tag="vip", needs="human") == [review]


def test_the_filter_keeps_what_else_is_asked_for(staff: Any) -> None:
    driven(workflows.Single, tags=["vip"])
    shown = page(staff(VIEW), LIST, tag="vip", status="completed", q="x")
    assert '<input type="text" name="tag" value="vip"' in shown
    hidden = '<input type="hidden" name="status" value="completed">'
    assert shown.count(hidden) == 2  # in its form and in the search's
    assert '<input type="hidden" name="tag" value="vip">' in shown


def test_a_page_of_a_tag_costs_as_many_queries_as_any(
    admin_client: Client, django_assert_max_num_queries: Any
) -> None:
    for _ in range(60):
        api.start_run(workflows.Single, tags=["vip", "eu"])
    admin_client.get(LIST)
    # Of several tags the rarest is looked for: one query more, however many they are.
    for query, most in (({"tag": "vip"}, 10), ({"tag": "vip", "p": "2"}, 10), ({"tag": "vip,eu,us"}, 11)):
        with django_assert_max_num_queries(most) as asked:
            admin_client.get(LIST, query)
        said = [one["sql"] for one in asked.captured_queries]
        lists = [sql for sql in said if "LIMIT" in sql and "event_count" in sql]
        assert all("runtag" in sql.rpartition("ORDER BY")[2] for sql in lists)


def test_pages_of_a_tag_go_on_in_the_order_of_all_runs(staff: Any) -> None:
    runs = [api.start_run(workflows.Single, tags=["vip"]).id for _ in range(55)]
    client = staff(VIEW)
    assert listed(client, tag="vip") + listed(client, tag="vip", p="2") == runs[::-1]


def test_an_action_reaches_the_tagged_runs_alone(staff: Any) -> None:
    client = staff(VIEW, "squid_mesh.cancel_run")
    run_id = api.start_run(workflows.Single, tags=["vip"]).id
    api.start_run(workflows.Single)
    data = {"action": "bulk_cancel", "select_across": "1", "_selected_action": str(run_id), "index": "0"}
    response = client.post(f"{LIST}?tag=vip", data)
    assert list(response.context["runs"]) == [run_id]
    assert Run.objects.count() == 2


def test_who_may_not_view_runs_sees_no_tags(staff: Any) -> None:
    run_id = driven(workflows.Single, tags=["vip"])
    client = staff(name="eve")
    assert client.get(LIST, {"tag": "vip"}).status_code == 403
    assert client.get(f"{LIST}{run_id}/change/").status_code == 403
