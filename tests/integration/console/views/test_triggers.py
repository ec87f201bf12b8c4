"""Cron triggers in the admin."""

from __future__ import annotations

from typing import Any

from django.test import Client

from squid_mesh import api
from squid_mesh.definitions.request import Request
from squid_mesh.engine.clock import triggers
from squid_mesh.models import Trigger
from tests.host import payloads, workflows

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


def test_the_page_of_a_trigger_shows_its_next_times_and_last_runs(staff: Any) -> None:
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
    assert "None: this trigger doesn’t fire." in text(client, f"{page}change/")


def test_a_trigger_is_disabled_and_changed_on_its_page(staff: Any) -> None:
    page = trigger_page()
    client = staff(*TRIGGERS, "squid_mesh.change_trigger")
    wrong = client.post(f"{page}change/", {"enabled": "on", "expression_override": "whenever"})
    assert "have five fields" in wrong.content.decode()
    client.post(f"{page}change/", {"expression_override": "0 5 * * *"})
    row = Trigger.objects.get(workflow="host.Clocked", name="every")
    assert (row.enabled, row.expression_override, row.changed_by_text) == (False, "0 5 * * *", "ada")
