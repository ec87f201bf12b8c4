"""The lists of steps, attempts and audit events."""

from __future__ import annotations

from typing import Any

import pytest

from tests.host import workflows
from tests.host.runs import driven
from tests.integration.console.html import page

LIST = "/admin/squid_mesh/run/"
VIEW = "squid_mesh.view_run"
Plan = dict[str, Any]


@pytest.mark.parametrize("model", ["steprun", "attempt", "auditevent"])
def test_steps_attempts_and_events_are_listed_and_never_changed(model: str, staff: Any, plan: Plan) -> None:
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


@pytest.mark.parametrize(
    ("model", "query", "label"),
    [
        ("steprun", {"status": "completed"}, "Outcome unknown"),
        ("steprun", {"waiting_for": ""}, "An approval"),
        ("attempt", {"outcome": "completed"}, "Timed out"),
        ("auditevent", {"type": "run_started"}, "Approval requested"),
    ],
)
def test_filters_have_the_labels_of_the_console(
    model: str, query: dict[str, str], label: str, staff: Any
) -> None:
    driven(workflows.Single)
    address = f"/admin/squid_mesh/{model}/"
    client = staff(f"squid_mesh.view_{model}")
    assert f">{label}</a>" in page(client, address)
    assert client.get(address, query).context["cl"].result_count == 1
