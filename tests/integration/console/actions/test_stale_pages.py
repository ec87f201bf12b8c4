"""Old pages and hand-made addresses: only what was shown is performed."""

from __future__ import annotations

from typing import Any

import pytest

from squid_mesh import api
from squid_mesh.models import Run
from tests.host import people, workflows
from tests.host.runs import driven, run_until_idle, seen, statuses

VIEW = "squid_mesh.view_run"
RUNS = "/admin/squid_mesh/run/"
Plan = dict[str, Any]


@pytest.mark.parametrize(
    "action", ["decide_approval", "retry_step", "skip_step", "unblock_run", "rewind_run"]
)
def test_an_address_without_a_step_changes_no_step(action: str, staff: Any) -> None:
    run_id = driven(people.TwoReviews)
    before = seen(run_id)
    response = staff(VIEW, f"squid_mesh.{action}").post(f"{RUNS}{run_id}/act/{action}/", {"exit": "approved"})
    assert response.status_code == 404
    assert seen(run_id) == before


@pytest.mark.parametrize("visit", ["", "1"])
def test_a_decision_without_the_visit_is_rejected(visit: str, staff: Any) -> None:
    run_id = driven(people.Reviews)
    ada = staff("squid_mesh.decide_approval", name="bob").get(RUNS + "waiting/").wsgi_request.user
    api.decide_approval(run_id, "changes", step="review", visit=1, actor=ada)
    run_until_idle()
    sent = {"exit": "rejected", "visit": visit}
    client = staff(VIEW, "squid_mesh.decide_approval")
    response = client.post(f"{RUNS}{run_id}/act/decide_approval/?step=review", sent)
    assert response.status_code == 409
    assert (seen(run_id).step("review").visit, statuses(run_id)["review"]) == (2, "paused")


def test_a_step_that_failed_again_in_another_visit_is_not_retried_from_an_old_page(
    staff: Any, plan: Plan
) -> None:
    plan["two"] = [ValueError("no ink"), ValueError("no paper")]
    run_id = driven(workflows.Chain)
    client = staff(VIEW, "squid_mesh.retry_step")
    old = client.get(f"{RUNS}{run_id}/act/retry_step/?step=two").context["form"]["visit"].value()
    api.rewind_run(run_id, "one")
    run_until_idle()
    response = client.post(f"{RUNS}{run_id}/act/retry_step/?step=two", {"visit": old})
    assert response.status_code == 409
    assert "step two is in visit 2 now" in response.content.decode()
    assert statuses(run_id)["two"] == "failed"


def test_a_user_who_may_replay_but_not_view_does_not_see_the_payload(staff: Any) -> None:
    run_id = driven(workflows.Secret, {"token": "tok-123", "note": "for viewers"})
    client = staff("squid_mesh.replay_run")
    asked = client.get(f"{RUNS}{run_id}/act/replay_run/")
    assert asked.status_code == 200
    assert "for viewers" not in asked.content.decode()
    assert client.post(f"{RUNS}{run_id}/act/replay_run/", {"payload": '{"note": "x"}'}).status_code == 302
    replay = Run.objects.get(replay_of=run_id)
    assert replay.payload == Run.objects.get(pk=run_id).payload


def test_a_confirmed_step_that_failed_again_in_another_visit_is_not_retried(staff: Any, plan: Plan) -> None:
    plan["two"] = [ValueError("no ink"), ValueError("no paper")]
    run_id = driven(workflows.Chain)
    client = staff(VIEW, "squid_mesh.retry_step")
    sent = {"action": "bulk_retry", "_selected_action": [str(run_id)]}
    (shown,) = client.post(RUNS, sent).context["plan"].items
    api.rewind_run(run_id, "one")
    run_until_idle()
    client.post(RUNS, {**sent, "confirmed": "1", "item": [shown.key], "reason": "why not"})
    assert statuses(run_id)["two"] == "failed"


def test_a_replay_repeats_only_the_irreversible_steps_that_were_confirmed(staff: Any, plan: Plan) -> None:
    plan["check"] = [ValueError("no scales")]
    plan["load"] = [None]
    run_id = driven(people.Ships)
    client = staff(VIEW, "squid_mesh.replay_run", "squid_mesh.override_irreversible")
    sent = {"action": "bulk_replay", "_selected_action": [str(run_id)]}
    (shown,) = client.post(RUNS, sent).context["plan"].risky
    key = shown.key.replace(":ship", ":")
    client.post(RUNS, {**sent, "confirmed": "1", "risky": [key], "allow_irreversible": "on"})
    assert not Run.objects.filter(replay_of=run_id).exists()
    client.post(RUNS, {**sent, "confirmed": "1", "risky": [shown.key], "allow_irreversible": "on"})
    assert Run.objects.filter(replay_of=run_id).exists()


def test_a_confirmation_without_step_or_visit_is_rejected(staff: Any) -> None:
    run_id = driven(people.TwoReviews)
    client = staff(VIEW, "squid_mesh.decide_approval")
    sent = {"action": "bulk_approve", "_selected_action": [str(run_id)], "confirmed": "1"}
    client.post(RUNS, {**sent, "item": [f"{run_id}:0::", f"{run_id}:0:left:"]})
    assert statuses(run_id)["left"] == statuses(run_id)["right"] == "paused"
