"""Firing cron triggers by hand."""

from __future__ import annotations

from typing import Any

from django.test import Client

from squid_mesh import api
from squid_mesh.definitions.request import Request
from squid_mesh.engine.clock import triggers
from squid_mesh.models import Run, Trigger
from tests.host import payloads, workflows
from tests.host.runs import seen

RUNS = "/admin/squid_mesh/run/"
ASKS = f"{RUNS}workflows/{payloads.Asks.workflow_name}/"
VIEW = "squid_mesh.view_run"
ASKED = Request(kind="approval")
TRIGGERS = ("squid_mesh.view_trigger", VIEW)


def text(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def trigger_page(name: str = "every") -> str:
    triggers.sync_triggers()
    row = Trigger.objects.get(workflow=workflows.Clocked.workflow_name, name=name)
    return f"/admin/squid_mesh/trigger/{row.pk}/"


def test_firing_starts_a_run_after_a_confirmation(staff: Any) -> None:
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


def test_submitting_the_form_twice_fires_each_trigger_once(staff: Any) -> None:
    trigger_page()
    keys = list(Trigger.objects.filter(name__in=("last", "every")).values_list("pk", flat=True))
    client = staff(*TRIGGERS, "squid_mesh.start_run")
    chosen = {"action": "fire_now", "_selected_action": keys}
    shown = client.post("/admin/squid_mesh/trigger/", chosen).context["submission"]
    for _ in range(2):
        client.post("/admin/squid_mesh/trigger/", {**chosen, "fire": "1", "submission": shown})
    assert Run.objects.count() == len(keys)


def test_several_triggers_are_fired_from_the_list_and_each_rejection_is_shown(staff: Any) -> None:
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
    assert f"run {busy.id} is not finished" in done.content.decode()


def test_firing_needs_the_permission_to_start_runs(staff: Any) -> None:
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
