"""The runs of an object on the object's own page."""

from __future__ import annotations

from typing import Any

from django.test import Client

from squid_mesh import api
from squid_mesh.definitions.request import Request
from tests.host import payloads, workflows
from tests.host.models import Order
from tests.host.runs import driven

RUNS = "/admin/squid_mesh/run/"
ASKS = f"{RUNS}workflows/{payloads.Asks.workflow_name}/"
VIEW = "squid_mesh.view_run"
ASKED = Request(kind="approval")
TRIGGERS = ("squid_mesh.view_trigger", VIEW)


def text(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_of_an_object_shows_its_runs_to_users_who_may_view_runs(staff: Any) -> None:
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


def test_the_mixin_does_not_affect_adding_and_changing_objects(staff: Any) -> None:
    client = staff("host.view_order", "host.add_order", "host.change_order", VIEW)
    assert "Workflow runs" not in text(client, "/admin/host/order/add/")
    client.post("/admin/host/order/add/", {"note": "new"})
    order = Order.objects.get()
    client.post(f"/admin/host/order/{order.pk}/change/", {"note": "changed"})
    order.refresh_from_db()
    assert order.note == "changed"
    for _ in range(11):
        api.start_run(workflows.Single, subject=order)
    assert "Only the newest 10 runs are shown." in text(client, f"/admin/host/order/{order.pk}/change/")
