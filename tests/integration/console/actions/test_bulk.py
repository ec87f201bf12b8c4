"""One action on many runs: the page that confirms it, what it skips, and that each run is independent."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from squid_mesh import api
from squid_mesh.console.actions import bulk_page
from squid_mesh.models import Decision, Run
from tests.host import people, workflows
from tests.host.runs import driven, events, run_until_idle, seen
from tests.integration.console.html import refused

LIST = "/admin/squid_mesh/run/"
VIEW = "squid_mesh.view_run"
Plan = dict[str, Any]


def ask(client: Client, action: str, *runs: UUID) -> Any:
    sent = {"action": f"bulk_{action}", "_selected_action": [str(run) for run in runs]}
    return client.post(LIST, sent)


def confirm(client: Client, asked: Any, **more: Any) -> list[str]:
    """Submit the page as a browser does, and return the messages."""
    shown = asked.content.decode()
    sent: dict[str, Any] = {"reason": "clean-up", **more}
    for name, value in re.findall(r'<input type="hidden" name="(?!csrf)([^"]+)" value="([^"]*)">', shown):
        sent.setdefault(name, []).append(value)
    response = client.post(LIST, sent)
    assert response.status_code == 302
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_the_page_lists_what_will_be_changed_and_what_skipped_and_changes_nothing(staff: Any) -> None:
    alive, over = driven(people.Holds), driven(workflows.Single)
    asked = ask(staff(VIEW, "squid_mesh.cancel_run"), "cancel", alive, over)
    plan = asked.context["plan"]
    assert [one.run.run_id for one in plan.items] == [alive]
    assert [(one.run.run_id, one.why) for one in plan.skipped] == [(over, "Not applicable in this status.")]
    assert refused(asked) == []
    assert seen(alive).status == "paused"


def test_the_listed_actions_are_performed_with_reason_and_actor(staff: Any) -> None:
    runs = [driven(people.Holds) for _ in range(3)]
    client = staff(VIEW, "squid_mesh.cancel_run")
    assert confirm(client, ask(client, "cancel", *runs)) == ["Applied to 3 runs."]
    for run in map(seen, runs):
        last = run.events[-1]
        assert (run.status, last.actor, last.comment) == ("cancelled", "ada", "clean-up")


@pytest.mark.parametrize(("action", "exit"), [("approve", "approved"), ("reject", "rejected")])
def test_decisions_on_many_are_recorded_one_by_one(action: str, exit: str, staff: Any) -> None:
    runs = [driven(people.Expires), driven(people.Expires)]
    client = staff(VIEW, "squid_mesh.decide_approval")
    assert confirm(client, ask(client, action, *runs)) == ["Applied to 2 steps."]
    assert [(word.exit, word.actor_text) for word in Decision.objects.all()] == [(exit, "ada")] * 2


def test_each_waiting_step_of_a_run_is_listed(staff: Any) -> None:
    run_id = driven(people.TwoReviews)
    client = staff(VIEW, "squid_mesh.decide_approval")
    assert [one.step for one in ask(client, "approve", run_id).context["plan"].items] == ["left", "right"]
    messages = confirm(client, ask(client, "reject", run_id))
    assert messages[0] == "Applied to 1 step."  # the first rejection fails the run
    assert str(run_id) in messages[1]


def test_approvals_with_a_form_are_skipped_but_can_be_rejected(staff: Any) -> None:
    run_id = driven(people.Reviews)
    client = staff(VIEW, "squid_mesh.decide_approval")
    asked = ask(client, "approve", run_id)
    assert asked.context["plan"].items == ()
    assert "has a form" in asked.context["plan"].skipped[0].why
    assert "This action applies to none of the selected runs." in asked.content.decode()
    assert confirm(client, ask(client, "reject", run_id)) == ["Applied to 1 step."]
    assert seen(run_id).step("review").outcome == "rejected"


def test_what_the_user_may_not_do_is_skipped_with_the_reason(staff: Any) -> None:
    starter = staff(VIEW, "squid_mesh.decide_approval", "squid_mesh.start_run", name="bob")
    mine = driven(people.FourEyes, actor=bob_of(starter))
    asked = ask(starter, "approve", mine)
    assert asked.context["plan"].skipped[0].why == "The person who started the run cannot decide."
    pause = driven(people.Guards)
    asked = ask(starter, "unblock", pause)
    assert "host.change_order" in asked.context["plan"].skipped[0].why


def bob_of(client: Client) -> Any:
    return client.get(LIST).wsgi_request.user


def test_pauses_are_resumed(staff: Any) -> None:
    runs = [driven(people.Holds), driven(people.Holds)]
    client = staff(VIEW, "squid_mesh.unblock_run")
    assert confirm(client, ask(client, "unblock", *runs)) == ["Applied to 2 steps."]
    run_until_idle()
    assert {seen(run).status.value for run in runs} == {"completed"}


def test_failed_steps_are_retried(staff: Any, plan: Plan) -> None:
    plan["only"] = [ValueError("no"), ValueError("no"), None, None]
    runs = [driven(workflows.Single), driven(workflows.Single)]
    client = staff(VIEW, "squid_mesh.retry_step")
    assert confirm(client, ask(client, "retry", *runs)) == ["Applied to 2 steps."]
    run_until_idle()
    assert {seen(run).status.value for run in runs} == {"completed"}


def test_submitting_a_bulk_replay_twice_starts_each_run_once(staff: Any) -> None:
    runs = [driven(workflows.Single), driven(workflows.Single)]
    client = staff(VIEW, "squid_mesh.replay_run")
    asked = ask(client, "replay", *runs)
    for _ in range(2):
        assert confirm(client, asked)[-1] == "Applied to 2 runs."
    assert Run.objects.filter(replay_of__in=runs).count() == 2


def test_irreversible_steps_are_repeated_only_with_the_box(staff: Any) -> None:
    plain, risky = driven(workflows.Single), driven(people.Ships)
    client = staff(VIEW, "squid_mesh.replay_run", "squid_mesh.override_irreversible")
    asked = ask(client, "replay", plain, risky)
    assert [one.irreversible for one in asked.context["plan"].risky] == [("ship",)]
    assert 'name="allow_irreversible"' in asked.content.decode()
    assert confirm(client, asked) == ["Applied to 1 run."]
    assert not Run.objects.filter(replay_of=risky).exists()
    assert confirm(client, ask(client, "replay", risky), allow_irreversible="yes") == ["Applied to 1 run."]
    assert Run.objects.get(replay_of=risky)
    assert events(risky)[-1] == "run_replayed"
    assert 'name="allow_irreversible"' not in ask(client, "replay", plain).content.decode()


def test_without_the_permission_to_override_irreversible_steps_are_skipped(staff: Any) -> None:
    risky = driven(people.Ships)
    asked = ask(staff(VIEW, "squid_mesh.replay_run"), "replay", risky)
    assert asked.context["plan"].risky == ()
    assert "squid_mesh.override_irreversible" in asked.context["plan"].skipped[0].why


def test_what_others_changed_meanwhile_is_reported_for_each_run(staff: Any) -> None:
    slow, free = driven(people.Expires), driven(people.Expires)
    client = staff(VIEW, "squid_mesh.decide_approval")
    other = bob_of(staff(VIEW, "squid_mesh.decide_approval", name="bob"))
    asked = ask(client, "approve", slow, free)
    api.reject_run(slow, actor=other)
    done, messages = confirm(client, asked)
    assert done == "Applied to 1 step."
    assert str(slow) in messages
    assert "rejected, by bob" in messages


@pytest.mark.parametrize(
    ("action", "needs"), [("cancel", "cancel_run"), ("retry", "retry_step"), ("replay", "replay_run")]
)
def test_a_post_without_the_permission_changes_nothing(
    action: str, needs: str, staff: Any, plan: Plan
) -> None:
    plan["only"] = ValueError("no")
    run_id = driven(workflows.Single) if action != "cancel" else driven(people.Holds)
    before = seen(run_id)
    shown = "1:only" if action == "retry" else "0:"
    sent = {
        "action": f"bulk_{action}",
        "_selected_action": [str(run_id)],
        "confirmed": "yes",
        "item": [f"{run_id}:{shown}:"],
    }
    client = staff(VIEW)
    client.post(LIST, sent)
    assert seen(run_id) == before
    assert Run.objects.count() == 1
    assert staff(name="eve").post(LIST, sent).status_code == 403
    allowed = staff(VIEW, f"squid_mesh.{needs}", name="bob")
    allowed.post(LIST, sent)
    assert seen(run_id) != before


def test_an_override_without_the_permission_is_rejected(staff: Any) -> None:
    risky = driven(people.Ships)
    client = staff(VIEW, "squid_mesh.replay_run")
    sent = {
        "action": "bulk_replay",
        "_selected_action": [str(risky)],
        "confirmed": "yes",
        "risky": [f"{risky}:0::ship"],
        "allow_irreversible": "yes",
    }
    response = client.post(LIST, sent)
    assert "override_irreversible" in str(next(iter(get_messages(response.wsgi_request))))
    assert Run.objects.count() == 1


@pytest.mark.parametrize("item", ["nonsense", "a:b:c", ""])
def test_an_invalid_form_changes_nothing(item: str, staff: Any) -> None:
    run_id = driven(people.Holds)
    client = staff(VIEW, "squid_mesh.cancel_run")
    sent = {"action": "bulk_cancel", "_selected_action": [str(run_id)], "confirmed": "yes"}
    client.post(LIST, {**sent, "item": [item, f"{run_id}:0::"]})
    assert seen(run_id).status == "paused"


def test_performed_actions_are_reported_if_the_rest_of_the_form_is_invalid(staff: Any) -> None:
    run_id = driven(workflows.Single)
    client = staff(VIEW, "squid_mesh.replay_run", "squid_mesh.override_irreversible")
    asked = ask(client, "replay", run_id)
    messages = confirm(client, asked, allow_irreversible="yes", risky=["nonsense"])
    assert messages == ["The form is invalid. Open the page again.", "Applied to 1 run."]
    assert Run.objects.filter(replay_of=run_id).count() == 1


def test_too_many_runs_at_once_are_rejected_by_the_page(staff: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_page, "MOST", 2)
    runs = [driven(workflows.Single) for _ in range(3)]
    client = staff(VIEW, "squid_mesh.replay_run")
    response = ask(client, "replay", *runs)
    assert "More than 2 runs selected." in str(next(iter(get_messages(response.wsgi_request))))


def test_the_page_takes_a_fixed_number_of_queries(staff: Any, django_assert_max_num_queries: Any) -> None:
    runs = [driven(people.Expires) for _ in range(12)]
    client = staff(VIEW, "squid_mesh.decide_approval")
    ask(client, "approve", runs[0])
    for some in (runs[:2], runs):
        with django_assert_max_num_queries(18):
            ask(client, "approve", *some)


def test_the_forms_require_their_csrf_token(staff: Any) -> None:
    run_id = driven(people.Holds)
    client = Client(enforce_csrf_checks=True)
    client.force_login(bob_of(staff(VIEW, "squid_mesh.cancel_run")))
    sent = {"action": "bulk_cancel", "_selected_action": [str(run_id)], "confirmed": "yes"}
    assert client.post(LIST, {**sent, "item": f"{run_id}:0::"}).status_code == 403
    assert seen(run_id).status == "paused"
