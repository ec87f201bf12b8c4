"""The filters of the run list."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from squid_mesh import api
from squid_mesh.models import Run
from tests.host import people, workflows
from tests.host.runs import driven
from tests.integration.console.html import page

LIST = "/admin/squid_mesh/run/"
VIEW = "squid_mesh.view_run"


def listed(client: Client, **query: str) -> list[Any]:
    response = client.get(LIST, query)
    assert response.status_code == 200
    return [run.pk for run in response.context["cl"].result_list]


def test_each_filter_narrows_the_list(staff: Any, plan: dict[str, Any]) -> None:
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
    assert listed(client, attention="yes") == [review]


def test_a_running_run_with_a_paused_branch_needs_attention(staff: Any) -> None:
    run_id = driven(people.Guards)
    Run.objects.filter(pk=run_id).update(status="running")
    assert listed(staff(VIEW), attention="yes") == [run_id]


def test_the_trigger_filter_offers_those_of_the_chosen_workflow(staff: Any) -> None:
    shown = page(staff(VIEW), LIST, workflow="host.Twice")
    assert "?workflow=host.Twice&amp;trigger=nightly" in shown or "trigger=nightly" in shown
    assert "trigger=prompt" not in shown
    assert "trigger=prompt" in page(staff(VIEW, name="bob"), LIST)


def test_the_list_is_filtered_by_one_tag_several_tags_and_other_filters(staff: Any) -> None:
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
    assert listed(client, tag="vip", attention="yes") == [review]


def test_the_tag_filter_keeps_the_other_filters_and_the_search(staff: Any) -> None:
    driven(workflows.Single, tags=["vip"])
    shown = page(staff(VIEW), LIST, tag="vip", status="completed", q="x")
    assert '<input type="text" name="tag" value="vip"' in shown
    hidden = '<input type="hidden" name="status" value="completed">'
    assert shown.count(hidden) == 2  # in its form and in the search's
    assert '<input type="hidden" name="tag" value="vip">' in shown


def test_a_page_filtered_by_tags_takes_as_many_queries_as_any_other(
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


def test_pages_filtered_by_a_tag_keep_the_order_of_all_runs(staff: Any) -> None:
    runs = [api.start_run(workflows.Single, tags=["vip"]).id for _ in range(55)]
    client = staff(VIEW)
    assert listed(client, tag="vip") + listed(client, tag="vip", p="2") == runs[::-1]


def test_an_action_on_all_filtered_runs_leaves_the_other_runs_alone(staff: Any) -> None:
    client = staff(VIEW, "squid_mesh.cancel_run")
    run_id = api.start_run(workflows.Single, tags=["vip"]).id
    api.start_run(workflows.Single)
    data = {"action": "bulk_cancel", "select_across": "1", "_selected_action": str(run_id), "index": "0"}
    response = client.post(f"{LIST}?tag=vip", data)
    assert list(response.context["runs"]) == [run_id]
    assert Run.objects.count() == 2
