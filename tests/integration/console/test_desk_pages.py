"""Catalogue, dashboard, triggers, and the runs of the host's own objects: permissions, contents, cost."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from squid_mesh import api
from squid_mesh.definitions.request import Request
from squid_mesh.engine.clock import triggers
from squid_mesh.models import Definition, Run, Trigger
from tests.host import asking, people, workflows
from tests.host.holding import hold
from tests.host.looking import driven, seen
from tests.host.models import Order
from tests.host.steps import Broken

RUNS = "/admin/squid_mesh/run/"
ASKS = f"{RUNS}workflows/{asking.Asks.workflow_name}/"
VIEW = "squid_mesh.view_run"
ASKED = Request(kind="approval")


def text(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("page", ["dashboard/", "workflows/", "workflows/host.Chain/"])
def test_only_who_may_view_runs_sees_how_they_stand(staff: Any, page: str) -> None:
    assert Client().get(RUNS + page).status_code == 302
    assert staff(name="eve").get(RUNS + page).status_code == 403
    assert staff(VIEW).get(RUNS + page).status_code == 200


def test_the_catalogue_lists_and_links(staff: Any) -> None:
    driven(workflows.Chain)
    shown = text(staff(VIEW), f"{RUNS}workflows/")
    assert f'href="{ASKS}"' in shown
    assert "/start/" not in shown
    shown = text(staff(VIEW, "squid_mesh.start_run", name="bob"), f"{RUNS}workflows/")
    assert f'href="{ASKS}start/by_form/"' in shown
    assert "<b>everything" not in shown


def test_a_workflows_page_tells_all_of_it(staff: Any, plan: dict[str, Any]) -> None:
    run_id = driven(people.Checks)
    shown = text(staff(VIEW), f"{RUNS}workflows/host.Checks/")
    for told in (
        "Steps to resolve: a declared type, labels, a retry.",
        "order_id",
        "3 attempts: 3600 s",
        'id="step-flaky"',
        "<svg",
        f'href="{RUNS}{run_id}/change/"',
        people.Checks.blueprint.fingerprint[:12],
    ):
        assert told in shown
    assert "<script>alert" not in text(staff(VIEW, name="bob"), ASKS)
    assert staff(VIEW, name="cleo").get(f"{RUNS}workflows/host.Never/").status_code == 404


def test_a_workflow_that_is_gone_says_so_and_starts_nothing(staff: Any) -> None:
    driven(workflows.Chain)
    known = Definition.objects.get()
    Definition.objects.create(
        fingerprint="f" * 64,
        workflow="old.<i>Gone",
        blueprint={**known.blueprint, "workflow": "old.<i>Gone"},
        created_at=known.created_at,
    )
    client = staff(VIEW, "squid_mesh.start_run")
    listed = text(client, f"{RUNS}workflows/")
    assert listed.index("old.&lt;i&gt;Gone") < listed.index("host.Aside")
    shown = text(client, f"{RUNS}workflows/old.%3Ci%3EGone/")
    assert "The code no longer has this workflow" in shown
    assert "/start/" not in shown
    assert "<i>Gone" not in shown


def test_the_dashboard_tells_what_fails_what_waits_and_what_comes(staff: Any, plan: dict[str, Any]) -> None:
    triggers.sync()
    plan["only"] = Broken("<script>alert(1)</script>")
    failed = driven(workflows.Single)
    driven(people.Reviews)
    shown = text(staff(VIEW, "squid_mesh.decide_approval"), f"{RUNS}dashboard/")
    for told in (
        f'href="{RUNS}?status=failed&amp;since=24h"',
        f'href="{RUNS}?status=paused"',
        f'href="{RUNS}?needs=human"',
        f'href="{RUNS}{failed}/change/"',
        "No cluster is alive",
        "only: &lt;script&gt;",
        '<span class="sqm-count">1</span>',
    ):
        assert told in shown
    assert "host.Twice.nightly" not in shown
    seen_by_bob = text(staff(VIEW, "squid_mesh.view_trigger", name="bob"), f"{RUNS}dashboard/")
    assert "host.Twice.nightly" in seen_by_bob


@pytest.mark.parametrize(("page", "queries"), [("dashboard/", 32), ("workflows/host.Reviews/", 14)])
def test_no_page_costs_more_where_there_is_more(
    staff: Any, django_assert_max_num_queries: Any, page: str, queries: int
) -> None:
    client = staff(VIEW, "squid_mesh.decide_approval", "squid_mesh.start_run")
    for number in (3, 120):
        hold(people.Reviews, "review", number, request=ASKED)
        with django_assert_max_num_queries(queries):
            client.get(RUNS + page)


def test_the_index_of_the_app_leads_to_the_pages(staff: Any) -> None:
    shown = text(staff(VIEW, "squid_mesh.view_trigger"), "/admin/squid_mesh/")
    for page in ("dashboard/", "waiting/", "workflows/"):
        assert f'href="{RUNS}{page}"' in shown


def trigger_page(name: str = "every") -> str:
    triggers.sync()
    row = Trigger.objects.get(workflow=workflows.Clocked.workflow_name, name=name)
    return f"/admin/squid_mesh/trigger/{row.pk}/"


TRIGGERS = ("squid_mesh.view_trigger", VIEW)


def test_a_triggers_page_tells_its_windows_and_its_runs(staff: Any) -> None:
    page = trigger_page()
    run = api.fire_trigger("host.Clocked", "every")
    api.fire_trigger("host.Clocked", "last")
    client = staff(*TRIGGERS)
    response = client.get(f"{page}change/")
    assert [one.id for one in response.context["last_runs"]] == [run.id]
    shown = response.content.decode()
    assert shown.count('<time class="sqm-block"') == 5
    assert "fire/" not in shown
    assert text(staff("squid_mesh.view_trigger", name="bob"), f"{page}change/").count("Last runs") == 0
    api.change_trigger("host.Clocked", "every", enabled=False)
    assert "It doesn&#x27;t fire." in text(client, f"{page}change/")


def test_firing_asks_first_and_then_starts_a_run(staff: Any) -> None:
    page = trigger_page()
    client = staff(*TRIGGERS, "squid_mesh.start_run")
    assert f'href="{page}fire/"' in text(client, f"{page}change/")
    assert "Fire now" in text(client, f"{page}fire/")
    assert client.post(f"{page}fire/").status_code == 200
    assert not Run.objects.exists()
    response = client.post(f"{page}fire/", {"fire": "1", "reason": "the feed was down"}, follow=True)
    run = Run.objects.get()
    assert str(run.pk) in response.content.decode()
    (event,) = seen(run.pk).events
    assert (event.actor, event.comment) == ("ada", "the feed was down")


def test_several_are_fired_from_the_list_and_each_refusal_is_told(staff: Any) -> None:
    trigger_page("alone")
    busy = api.fire_trigger("host.Clocked", "alone")
    keys = list(Trigger.objects.filter(name__in=("alone", "every")).values_list("pk", flat=True))
    client = staff(*TRIGGERS, "squid_mesh.start_run")
    chosen = {"action": "fire_now", "_selected_action": keys}
    page = client.post("/admin/squid_mesh/trigger/", chosen)
    assert "host.Clocked.alone" in page.content.decode()
    assert Run.objects.count() == 1
    done = client.post("/admin/squid_mesh/trigger/", {**chosen, "fire": "1"}, follow=True)
    assert Run.objects.filter(trigger="every").count() == 1
    assert f"run {busy.id} is not over" in done.content.decode()


def test_nobody_fires_without_the_permission(staff: Any) -> None:
    page = trigger_page()
    client = staff(*TRIGGERS, "squid_mesh.change_trigger")
    assert client.get(f"{page}fire/").status_code == 403
    assert client.post(f"{page}fire/", {"fire": "1"}).status_code == 403
    key = page.split("/")[-2]
    client.post("/admin/squid_mesh/trigger/", {"action": "fire_now", "_selected_action": [key], "fire": "1"})
    blind = staff("squid_mesh.start_run", name="bob")
    assert blind.post(f"{page}fire/", {"fire": "1"}).status_code in (403, 404)
    assert client.get("/admin/squid_mesh/trigger/999999/fire/").status_code == 404
    assert not Run.objects.exists()


def test_a_trigger_is_switched_and_changed_on_its_page(staff: Any) -> None:
    page = trigger_page()
    client = staff(*TRIGGERS, "squid_mesh.change_trigger")
    wrong = client.post(f"{page}change/", {"enabled": "on", "expression_override": "whenever"})
    assert "have five fields" in wrong.content.decode()
    client.post(f"{page}change/", {"expression_override": "0 5 * * *"})
    row = Trigger.objects.get(workflow="host.Clocked", name="every")
    assert (row.enabled, row.expression_override, row.changed_by_text) == (False, "0 5 * * *", "ada")


def test_an_order_shows_its_runs_to_who_may_view_them(staff: Any) -> None:
    order, other = Order.objects.create(note="mine"), Order.objects.create(note="other")
    mine = driven(workflows.Chain, subject=order)
    driven(workflows.Chain, subject=other)
    page = f"/admin/host/order/{order.pk}/change/"
    shown = text(staff("host.view_order", "host.change_order", VIEW), page)
    assert shown.count('/change/" title="') == 1
    assert f'href="{RUNS}{mine}/change/"' in shown
    assert "squid_mesh/console.css" in shown
    blind = text(staff("host.view_order", "host.change_order", name="bob"), page)
    assert str(mine) not in blind
    assert "Workflow runs" not in blind


def test_an_order_is_added_and_changed_as_ever(staff: Any) -> None:
    client = staff("host.view_order", "host.add_order", "host.change_order", VIEW)
    assert "Workflow runs" not in text(client, "/admin/host/order/add/")
    client.post("/admin/host/order/add/", {"note": "new"})
    order = Order.objects.get()
    client.post(f"/admin/host/order/{order.pk}/change/", {"note": "changed"})
    order.refresh_from_db()
    assert order.note == "changed"
    for _ in range(11):
        api.start_run(workflows.Single, subject=order)
    assert "The newest 10 are shown." in text(client, f"/admin/host/order/{order.pk}/change/")
