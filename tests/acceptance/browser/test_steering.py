"""Acting on runs in the console: cancel, resume, retry, rewind, replay."""

from __future__ import annotations

from uuid import UUID

from django.urls import reverse
from playwright.sync_api import expect

from squid_mesh import api
from squid_mesh.models import Run
from tests.acceptance.browser.conftest import Visit, person, settled
from tests.acceptance.browser.shop.workflows import Parcel, Refund
from tests.acceptance.browser.visit import Visitor
from tests.acceptance.processes import Cluster


def do(visitor: Visitor, action: str, step: str = "", *, reason: str) -> None:
    """Open the action's page from the run's page, and perform it with a reason."""
    link = f"{action} ({step})" if step else action
    visitor.page.get_by_role("link", name=link, exact=True).click()
    visitor.arrives(f"{action}: {step}" if step else action)
    visitor.page.get_by_label("Reason").fill(reason)
    visitor.page.get_by_role("button", name=action, exact=True).click()


def test_a_run_is_cancelled_with_a_reason(visit: Visit, cluster: Cluster) -> None:
    run = api.start_run(Parcel, trigger="by_hand").id
    settled(run, "paused", cluster)
    visitor = visit(person("ops", "cancel_run"))
    page = visitor.go(f"squid_mesh/run/{run}/change/")
    do(visitor, "Cancel run", reason="It was lost.")
    expect(page.get_by_text("The run is cancelled.")).to_be_visible()
    visitor.arrives(Parcel.name)
    snapshot = api.inspect_run(run, history=True)
    assert snapshot.status == "cancelled"
    assert ("ops", "It was lost.") in {(event.actor, event.comment) for event in snapshot.events}


def test_a_pause_is_resumed_a_failed_step_retried_and_a_completed_run_rewound(
    visit: Visit, cluster: Cluster
) -> None:
    run = api.start_run(Parcel, trigger="by_hand").id
    settled(run, "paused", cluster)
    visitor = visit(person("ops", "unblock_run", "retry_step", "rewind_run"))
    page = visitor.go(f"squid_mesh/run/{run}/change/")
    do(visitor, "Resume", "arrived", reason="It is here.")
    expect(page.get_by_text("Resumed.", exact=True)).to_be_visible()

    settled(run, "failed", cluster)
    visitor.go(f"squid_mesh/run/{run}/change/")
    visitor.arrives(Parcel.name)
    expect(page.get_by_role("region", name="Status")).to_contain_text("The shelf is full.")
    do(visitor, "Retry", "shelve", reason="Cleared the shelf.")
    expect(page.get_by_text("Step shelve runs again.")).to_be_visible()

    settled(run, "completed", cluster)
    visitor.go(f"squid_mesh/run/{run}/change/")
    step = page.get_by_role("group").filter(has=page.get_by_role("heading", name="arrived", exact=True))
    step.get_by_role("heading", name="arrived", exact=True).click()
    visitor.check_page()
    step.get_by_role("link", name="Rewind to this step").click()
    visitor.arrives("Rewind: arrived")
    page.get_by_label("Reason").fill("It was another parcel.")
    page.get_by_role("button", name="Rewind to this step").click()
    expect(page.get_by_text("The run was rewound to step arrived.")).to_be_visible()
    snapshot = settled(run, "paused", cluster)
    assert snapshot.step("arrived").visit == 2
    comments = {event.type: event.comment for event in snapshot.events if event.actor == "ops"}
    assert {
        "resumed": "It is here.",
        "step_retried": "Cleared the shelf.",
        "rewound": "It was another parcel.",
    }.items() <= comments.items()


def refunded(cluster: Cluster) -> UUID:
    """Return a refund that was approved and paid; paying is irreversible."""
    run = api.start_run(Refund, {"order": 7, "card": "4111-1111"}).id
    settled(run, "paused", cluster)
    api.approve_run(run, actor=person("finance", group="Finance"), data={"percent": 10})
    settled(run, "completed", cluster)
    return run


def test_a_replay_past_an_irreversible_step_needs_the_box_to_be_ticked(
    visit: Visit, cluster: Cluster
) -> None:
    run = refunded(cluster)
    visitor = visit(person("ops", "replay_run", "override_irreversible"))
    page = visitor.go(f"squid_mesh/run/{run}/change/")
    do(visitor, "Replay", reason="Once more.")
    expect(page.get_by_role("alert")).to_contain_text(
        "Nothing was changed: this would repeat irreversible steps: pay"
    )
    expect(page.get_by_label("Reason")).to_have_value("Once more.")
    visitor.check_page()
    assert Run.objects.count() == 1

    page.get_by_label("Repeat irreversible steps: pay").check()
    page.get_by_role("button", name="Replay").click()
    expect(page.get_by_text("A new run has started.")).to_be_visible()
    new = Run.objects.exclude(pk=run).get()
    assert (new.replay_of_id, new.payload) == (run, {"order": 7, "card": "4111-1111", "reason": ""})
    settled(new.pk, "paused", cluster)


def test_a_replay_past_an_irreversible_step_needs_the_permission_to_override(
    visit: Visit, cluster: Cluster
) -> None:
    run = refunded(cluster)
    before = api.inspect_run(run, history=True)
    visitor = visit(person("ops", "replay_run"))
    page = visitor.go(f"squid_mesh/run/{run}/change/")
    banner = page.get_by_role("region", name="Status")
    banner.get_by_text("(no permission)").click()
    expect(banner.get_by_role("listitem").filter(has_text="Replay")).to_contain_text("override_irreversible")
    address = reverse("admin:squid_mesh_run_act", args=[run, "replay_run"]).removeprefix("/admin/")
    answer = visitor.post(address, {"allow_irreversible": "on"})
    assert answer.status == 422
    assert "this would repeat irreversible steps: pay" in answer.text()
    assert Run.objects.count() == 1
    assert api.inspect_run(run, history=True) == before
