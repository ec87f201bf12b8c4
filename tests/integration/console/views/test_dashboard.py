"""The dashboard and the app's index."""

from __future__ import annotations

from typing import Any

from django.test import Client

from squid_mesh.definitions.request import Request
from squid_mesh.engine.clock import triggers
from tests.host import payloads, people, workflows
from tests.host.runs import driven
from tests.host.steps import Broken

RUNS = "/admin/squid_mesh/run/"
ASKS = f"{RUNS}workflows/{payloads.Asks.workflow_name}/"
VIEW = "squid_mesh.view_run"
ASKED = Request(kind="approval")
TRIGGERS = ("squid_mesh.view_trigger", VIEW)


def text(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def test_the_dashboard_shows_failures_waiting_steps_and_next_triggers(
    staff: Any, plan: dict[str, Any]
) -> None:
    triggers.sync_triggers()
    plan["only"] = Broken("<script>alert(1)</script>")
    failed = driven(workflows.Single)
    driven(people.Reviews)
    shown = text(staff(VIEW, "squid_mesh.decide_approval"), f"{RUNS}dashboard/")
    for expected in (
        f'href="{RUNS}?status=failed&amp;since=24h"',
        f'href="{RUNS}?status=paused"',
        f'href="{RUNS}?attention=yes"',
        f'href="{RUNS}{failed}/change/"',
        "No worker cluster is running",
        "only failed: &lt;script&gt;",
        '<span class="sqm-count">1</span>',
    ):
        assert expected in shown
    assert "host.Twice.nightly" not in shown
    seen_by_bob = text(staff(VIEW, "squid_mesh.view_trigger", name="bob"), f"{RUNS}dashboard/")
    assert "host.Twice.nightly" in seen_by_bob


def test_the_index_of_the_app_links_to_the_pages(staff: Any) -> None:
    shown = text(staff(VIEW, "squid_mesh.view_trigger"), "/admin/squid_mesh/")
    for page in ("dashboard/", "waiting/", "workflows/"):
        assert f'href="{RUNS}{page}"' in shown
