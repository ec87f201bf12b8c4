"""Starting a run with its form."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from squid_mesh import api
from squid_mesh.models import Run
from tests.acceptance.browser.conftest import Visit, person, settled
from tests.acceptance.browser.shop.workflows import Refund
from tests.acceptance.processes import Cluster


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_an_invalid_form_starts_nothing_and_a_valid_form_starts_the_run(
    visit: Visit, cluster: Cluster, scripts: bool
) -> None:
    visitor = visit(person("ada", "start_run"), scripts=scripts)
    page = visitor.go("squid_mesh/run/dashboard/")
    visitor.arrives("Dashboard")
    visitor.follow("Workflows", within="Workflows")
    visitor.arrives("Workflows")
    page.get_by_role("link", name=Refund.name).click()
    visitor.arrives(Refund.name)
    page.get_by_role("link", name="Start (trigger: by_hand)").click()
    visitor.arrives("Start a run of shop.Refund")

    page.get_by_label("Order").fill("0")
    page.get_by_label("Reason").first.fill("Broken")
    page.get_by_role("button", name="Start the run").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was started")
    expect(page.get_by_text("greater than or equal to 1")).to_be_visible()
    expect(page.get_by_label("Order")).to_have_value("0")
    visitor.check_page()
    assert not Run.objects.exists()

    page.get_by_label("Order").fill("7")
    page.get_by_label("Card").fill("4111-1111")
    page.get_by_role("button", name="Start the run").click()
    expect(page.get_by_text("was started")).to_be_visible()
    run = Run.objects.get()
    assert (run.payload["order"], run.payload["reason"]) == (7, "Broken")
    assert api.inspect_run(run.pk, history=True).events[0].actor == "ada"
    settled(run.pk, "paused", cluster)


def test_a_user_without_the_permission_sees_no_button_and_is_rejected(visit: Visit) -> None:
    visitor = visit(person("eve"))
    page = visitor.go("squid_mesh/run/workflows/shop.Refund/")
    expect(page.get_by_role("heading", name="Triggers")).to_be_visible()
    expect(page.get_by_role("link", name="Start (trigger: by_hand)")).to_have_count(0)
    answer = visitor.post(
        "squid_mesh/run/workflows/shop.Refund/start/by_hand/", {"payload-order": "7", "payload-card": "1"}
    )
    assert answer.status == 403
    assert not Run.objects.exists()
