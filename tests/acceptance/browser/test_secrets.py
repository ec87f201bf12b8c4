"""Secrets in the console: masked, and revealed to users with the permission who give a reason."""

from __future__ import annotations

from django.urls import reverse
from playwright.sync_api import expect

from squid_mesh import api
from tests.acceptance.browser.conftest import Visit, person, settled
from tests.acceptance.browser.shop.workflows import Refund
from tests.acceptance.processes import Cluster

CARD = "4111-2222-3333"


def test_a_user_with_the_permission_reveals_secrets_and_the_history_records_it(
    visit: Visit, cluster: Cluster
) -> None:
    run = api.start_run(Refund, {"order": 7, "card": CARD}).id
    settled(run, "paused", cluster)
    visitor = visit(person("auditor", "unmask_run"))
    page = visitor.go(f"squid_mesh/run/{run}/change/")
    visitor.arrives(Refund.name)
    assert CARD not in page.content()
    page.get_by_text("Reveal secrets").first.click()
    page.get_by_label("Reason").fill("The bank asks.")
    page.get_by_role("button", name="Reveal secrets").click()
    visitor.arrives("Run")
    expect(page.get_by_role("region", name="Payload")).to_contain_text(CARD)
    last = api.inspect_run(run, history=True).events[-1]
    assert (last.type, last.actor, last.comment) == ("secrets_revealed", "auditor", "The bank asks.")


def test_other_users_can_not_reveal_secrets(visit: Visit, cluster: Cluster) -> None:
    run = api.start_run(Refund, {"order": 7, "card": CARD}).id
    before = settled(run, "paused", cluster)
    visitor = visit(person("eve"))
    page = visitor.go(f"squid_mesh/run/{run}/change/")
    expect(page.get_by_role("heading", name=Refund.name)).to_be_visible()
    expect(page.get_by_text("Reveal secrets")).to_have_count(0)
    for name in ("change", "raw"):
        address = reverse(f"admin:squid_mesh_run_{name}", args=[run]).removeprefix("/admin/")
        visitor.go(address)
        assert CARD not in page.content()
    address = reverse("admin:squid_mesh_run_reveal", args=[run]).removeprefix("/admin/")
    answer = visitor.post(address, {"reason": "Curiosity"})
    assert answer.status == 403
    assert CARD not in answer.text()
    assert api.inspect_run(run, history=True) == before
