"""Every page of the console is accessible, in light and dark mode, and fits a phone."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.contrib.auth.models import User
from django.urls import reverse

from squid_mesh import api
from squid_mesh.actions import Action
from squid_mesh.models import Trigger
from tests.acceptance.browser.conftest import PASSWORD, Visit, person, settled
from tests.acceptance.browser.shop.workflows import Leave, Parcel, Refund
from tests.acceptance.processes import Cluster


def runs_of_all_kinds(cluster: Cluster) -> dict[str, UUID]:
    """Return runs by kind: waiting for an approval, paused, failed, completed, cancelled."""
    finance = person("finance", group="Finance")
    order = {"order": 7, "card": "4111-1111", "reason": "Broken"}
    runs = {"approval": api.start_run(Refund, order).id, "completed": api.start_run(Refund, order).id}
    runs |= {name: api.start_run(Parcel, trigger="by_hand").id for name in ("pause", "failed")}
    runs["cancelled"] = api.start_run(Leave).id
    for run in runs.values():
        settled(run, "paused", cluster)
    api.approve_run(runs["completed"], actor=finance, comment="Fine.", data={"percent": 10})
    api.unblock_run(runs["failed"])
    api.cancel_run(runs["cancelled"], reason="Sick.")
    for name in ("completed", "failed"):
        settled(runs[name], name, cluster)
    return runs


def addresses(runs: dict[str, UUID]) -> Iterator[str]:
    """Yield the addresses of all pages."""

    def to(name: str, *arguments: object, query: str = "") -> str:
        return reverse(f"admin:squid_mesh_{name}", args=arguments).removeprefix("/admin/") + query

    yield from (
        to(name) for name in ("dashboard", "inbox", "workflows", "run_changelist", "trigger_changelist")
    )
    yield to("run_changelist", query="?status=paused")
    yield to("run_changelist", query="?q=nothing")
    yield to("trigger_change", Trigger.objects.get().pk)
    for workflow in (Refund, Parcel, Leave):
        yield to("workflow", workflow.name)
    yield to("start", Refund.name, "by_hand")
    yield from (to("run_change", run) for run in runs.values())
    yield to("run_attempts", runs["failed"], "shelve", 1)
    for action, run, step in (
        (Action.DECIDE, "approval", "review"),
        (Action.SKIP, "approval", "review"),
        (Action.CANCEL, "approval", ""),
        (Action.COMMENT, "approval", ""),
        (Action.UNBLOCK, "pause", "arrived"),
        (Action.RETRY, "failed", "shelve"),
        (Action.RESOLVE, "failed", "shelve"),
        (Action.REWIND, "completed", "load"),
        (Action.REPLAY, "completed", ""),
        (Action.UNBLOCK, "completed", "load"),  # which isn't possible: a page that says so
    ):
        yield to("run_act", runs[run], action.value, query=f"?step={step}" if step else "")


def test_every_page_is_accessible_in_light_and_dark_mode_and_fits_a_phone(
    visit: Visit, cluster: Cluster
) -> None:
    runs = runs_of_all_kinds(cluster)
    visitor = visit(User.objects.create_superuser("root", password=PASSWORD))
    faults = []
    for address in addresses(runs):
        answer = visitor.page.goto(f"{visitor.url}{address}")
        assert answer is not None
        if answer.status not in (200, 409):
            faults.append(f"{address}: {answer.status}")
        faults += visitor.faults()
    assert not faults, "\n".join(faults)
