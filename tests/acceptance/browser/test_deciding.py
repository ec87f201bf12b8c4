"""Deciding approvals in the console: by a decider, by another user, and several at a time."""

from __future__ import annotations

import re

from django.urls import reverse
from playwright.sync_api import expect

from squid_mesh import api
from squid_mesh.models import Decision
from tests.acceptance.browser.conftest import Visit, person, settled
from tests.acceptance.browser.shop.workflows import Leave, Refund
from tests.acceptance.processes import Cluster

FORM = {"order": 7, "card": "4111-1111"}


def test_an_approver_corrects_the_form_and_sees_the_run_complete(visit: Visit, cluster: Cluster) -> None:
    run = api.start_run(Refund, FORM).id
    before = settled(run, "paused", cluster)
    visitor = visit(person("ada", group="Finance"))
    page = visitor.go("squid_mesh/run/dashboard/")
    visitor.follow("Waiting for me", within="Workflows")
    visitor.arrives("Waiting for me")
    expect(page.get_by_role("heading", name="Refund this order?")).to_be_visible()
    page.get_by_role("link", name=Refund.name, exact=True).click()

    visitor.arrives(Refund.name)
    banner = page.get_by_role("region", name="Status")
    expect(banner).to_contain_text("Waiting for Finance to decide on review")
    banner.get_by_role("link", name="Decide (review)").click()

    visitor.arrives("Decide: review")
    page.get_by_label("Percent").fill("80")
    page.get_by_label("Comment").fill("It came late.")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("less than or equal to 50")).to_be_visible()
    expect(page.get_by_label("Percent")).to_have_value("80")
    visitor.check_page()
    assert api.inspect_run(run, history=True) == before

    page.get_by_label("Percent").fill("25")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved.", exact=True)).to_be_visible()
    expect(banner).to_contain_text("The run completed", timeout=30_000)  # the page reloads automatically
    after = api.inspect_run(run, history=True)
    assert after.state["receipt"]["amount"] == 50
    (vote,) = after.step("review").decisions
    assert (vote.actor, vote.exit, vote.comment, vote.data["percent"]) == (
        "ada",
        "approved",
        "It came late.",
        25,
    )


def test_another_user_sees_why_and_is_rejected_when_posting_the_form(visit: Visit, cluster: Cluster) -> None:
    run = api.start_run(Refund, FORM).id
    before = settled(run, "paused", cluster)
    visitor = visit(person("eve"))
    page = visitor.go(f"squid_mesh/run/{run}/change/")
    banner = page.get_by_role("region", name="Status")
    expect(banner).to_contain_text("Waiting for Finance to decide on review")
    expect(page.get_by_role("link", name="Decide (review)")).to_have_count(0)
    banner.get_by_text("(no permission)").click()
    expect(banner.get_by_role("listitem").filter(has_text="Decide (review)")).to_contain_text(
        "Only Finance can decide"
    )
    visitor.check_page()

    address = reverse("admin:squid_mesh_run_act", args=[run, "decide_approval"]).removeprefix("/admin/")
    visitor.go(f"{address}?step=review")
    visitor.arrives("Decide: review")
    expect(page.get_by_text("You are not permitted to do this. Only Finance can decide")).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    answer = visitor.post(
        f"{address}?step=review", {"exit": "approved", "answer-percent": "10", "visit": "1"}
    )
    assert answer.status == 403
    assert "requires membership in Finance" in answer.text()
    assert api.inspect_run(run, history=True) == before
    visitor.go("squid_mesh/run/waiting/")
    expect(page.get_by_text("Nothing is waiting for you.")).to_be_visible()


def test_several_approvals_are_given_at_once_after_a_confirmation(visit: Visit, cluster: Cluster) -> None:
    runs = [api.start_run(Leave, {}).id for _ in range(3)]
    for run in runs:
        settled(run, "paused", cluster)
    visitor = visit(person("ada", group="Finance"))
    page = visitor.go("squid_mesh/run/")
    visitor.arrives("Runs")
    page.get_by_label("Select all objects on this page for an action").check()
    page.get_by_label("Action:").select_option(label="Approve selected")
    page.get_by_role("button", name=re.compile("^(Go|Run)$")).click()

    visitor.arrives("Approve these steps?")
    expect(page.get_by_role("heading", name="Will be applied to 3 steps:")).to_be_visible()
    assert not Decision.objects.exists()
    page.get_by_label("Reason").fill("Sunshine.")
    page.get_by_role("button", name="Approve selected").click()
    expect(page.get_by_text("Applied to 3 steps.")).to_be_visible()
    for run in runs:
        (vote,) = settled(run, "completed", cluster).step("review").decisions
        assert (vote.actor, vote.comment) == ("ada", "Sunshine.")
