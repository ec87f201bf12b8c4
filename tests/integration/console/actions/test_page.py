"""The pages of actions: what they say, that they perform the action, and what they say if they can't."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from squid_mesh import api
from squid_mesh.actions import SPECS, Action
from squid_mesh.definitions.code_paths import load_code
from squid_mesh.definitions.request import Request
from squid_mesh.models import Decision, Run, StepRun
from tests.host import people, steps, workflows
from tests.host.held_runs import create_held_runs
from tests.host.people import person
from tests.host.runs import claim, driven, events, row, run_until_idle, seen
from tests.integration.console.html import page, refused

VIEW = "squid_mesh.view_run"
OVERRIDE = "squid_mesh.override_irreversible"
HOSTILE = "<script>alert(1)</script>"
Plan = dict[str, Any]


def address(run_id: UUID, action: Action, step: str = "") -> str:
    return f"/admin/squid_mesh/run/{run_id}/act/{action.value}/" + (f"?step={step}" if step else "")


def failed(plan: Plan) -> UUID:
    plan["two"] = [ValueError("no ink"), None]
    return driven(workflows.Chain)


def situation(action: Action, plan: Plan) -> tuple[UUID, str, dict[str, str]]:
    """Return a run on which that action is legal, its step, and the data to post."""
    match action:
        case Action.CANCEL:
            return driven(people.Holds), "", {}
        case Action.COMMENT:
            return driven(workflows.Single), "", {"text": "looks fine"}
        case Action.UNBLOCK:
            return driven(people.Holds), "ready", {"visit": "1"}
        case Action.DECIDE:
            return driven(people.Expires), "review", {"visit": "1", "exit": "approved"}
        case Action.RESOLVE:
            return failed(plan), "two", {"outcome": "ok", "output": '{"made": true}'}
        case _ if SPECS[action].needs_step:
            return failed(plan), "two", {}
        case _:
            return driven(workflows.Single), "", {}


@pytest.mark.parametrize("action", list(Action))
def test_the_page_describes_each_action_and_a_post_performs_it(
    action: Action, staff: Any, plan: Plan
) -> None:
    run_id, step, sent = situation(action, plan)
    client = staff(VIEW, f"squid_mesh.{action.value}")
    before = seen(run_id)
    asked = client.get(address(run_id, action, step))
    assert asked.status_code == 200
    assert asked.context["effects"]
    assert refused(asked) == []
    button = "Approve" if action is Action.DECIDE else SPECS[action].submit or SPECS[action].label
    assert f">{button}</button>" in asked.content.decode()
    assert seen(run_id) == before
    note = SPECS[action].note.value
    response = client.post(address(run_id, action, step), {note: "because", **sent})
    assert response.status_code == 302
    assert len([*get_messages(response.wsgi_request)]) == 1
    goal = Run.objects.get(replay_of=run_id).pk if action is Action.REPLAY else run_id
    assert response["Location"] == f"/admin/squid_mesh/run/{goal}/change/"
    last = [event for event in seen(run_id).events if event.actor][-1]
    assert (last.actor, last.comment) == ("ada", sent.get(note, "because"))


@pytest.mark.parametrize("action", list(Action))
def test_without_the_permission_the_page_says_why_and_a_post_is_rejected(
    action: Action, staff: Any, plan: Plan
) -> None:
    run_id, step, sent = situation(action, plan)
    client = staff(VIEW)
    before = seen(run_id)
    shown = page(client, address(run_id, action, step).partition("?")[0], **({"step": step} if step else {}))
    assert "You are not permitted to do this." in shown
    assert f"squid_mesh.{action.value}" in shown
    assert '<form method="post" class="sqm-form"' not in shown
    response = client.post(address(run_id, action, step), sent)
    assert response.status_code == 403
    assert "Nothing was changed." in response.content.decode()
    assert seen(run_id) == before


@pytest.mark.parametrize("action", list(Action))
def test_a_user_without_any_permission_sees_nothing(action: Action, staff: Any, plan: Plan) -> None:
    run_id, step, sent = situation(action, plan)
    before = seen(run_id)
    eve = staff(name="eve")
    assert eve.get(address(run_id, action, step)).status_code == 403
    assert eve.post(address(run_id, action, step), sent).status_code == 403
    assert Client().post(address(run_id, action, step), sent).status_code == 302
    assert seen(run_id) == before


def test_a_decider_without_view_permission_sees_only_what_is_asked(staff: Any) -> None:
    run_id = driven(people.Reviews, {"order_id": 471147114711})
    client = staff("squid_mesh.decide_approval")
    shown = page(client, address(run_id, Action.DECIDE), step="review")
    assert "Fine?" in shown
    assert "471147114711" not in shown
    assert f"/run/{run_id}/change/" not in shown
    sent = {"visit": "1", "exit": "rejected"}
    response = client.post(address(run_id, Action.DECIDE, "review"), sent)
    assert response["Location"] == "/admin/squid_mesh/run/waiting/"
    assert seen(run_id).step("review").outcome == "rejected"


def test_the_message_says_if_a_run_is_not_cancelled_yet(staff: Any) -> None:
    run_id = api.start_run(workflows.Single).id
    claim(run_id)
    response = staff(VIEW, "squid_mesh.cancel_run").post(address(run_id, Action.CANCEL), {"reason": "why"})
    (message,) = get_messages(response.wsgi_request)
    assert str(message) == "The run is being cancelled; running steps finish first."
    assert seen(run_id).status == "cancelling"


def test_a_second_decider_without_view_permission_sees_who_decided(staff: Any) -> None:
    run_id = driven(people.Reviews, {"order_id": 471147114711})
    client = staff("squid_mesh.decide_approval")
    api.reject_run(run_id, step="review", actor=person("bob", "squid_mesh.decide_approval"), comment="No.")
    before = seen(run_id)
    sent = {"visit": "1", "exit": "rejected", "comment": "I thought it over."}
    for response in (
        client.get(address(run_id, Action.DECIDE, "review")),
        client.post(address(run_id, Action.DECIDE, "review"), sent),
    ):
        assert response.status_code == 409
        assert "bob" in response.content.decode()
        assert "471147114711" not in response.content.decode()
    assert "I thought it over." in response.content.decode()
    assert seen(run_id) == before
    assert staff(name="eve").get(address(run_id, Action.DECIDE, "review")).status_code == 403


def test_unknown_actions_steps_and_runs_are_not_found(staff: Any) -> None:
    run_id = driven(workflows.Single)
    client = staff(VIEW)
    for wrong in (
        address(run_id, Action.CANCEL).replace("cancel_run", "delete_run"),
        address(run_id, Action.RETRY, "never"),
        address(UUID(int=7), Action.CANCEL),
    ):
        assert client.get(wrong).status_code == 404


def test_an_approval_shows_its_prompt_its_form_and_where_each_exit_leads(staff: Any) -> None:
    shown = page(
        staff(VIEW, "squid_mesh.decide_approval"),
        address(driven(people.Reviews, {"order_id": 471147114711}), Action.DECIDE),
        step="review",
    )
    for text in (
        "Fine?",
        'name="answer-discount"',
        "<strong>Approve</strong> – next: charge",
        "<strong>Changes</strong> – next: rewind to load",
        'name="exit" value="later"',
        'name="visit" value="1"',
        "471147114711",
    ):
        assert text in shown
    assert shown.index("disabled hidden") < shown.index('value="approved"')


def test_an_approval_is_decided_with_its_answers(staff: Any) -> None:
    run_id = driven(people.Reviews)
    sent = {"visit": "1", "exit": "approved", "answer-discount": "10", "comment": "fine"}
    staff(VIEW, "squid_mesh.decide_approval").post(address(run_id, Action.DECIDE, "review"), sent)
    run_until_idle()
    assert seen(run_id).state["review"] == {"discount": 10, "note": ""}


def test_the_page_asks_for_the_fields_of_the_installed_form_and_says_what_has_changed(
    staff: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Longer(people.Terms):
        approver_code: str

    run_id = driven(people.Reviews)
    monkeypatch.setattr(people, "Terms", Longer)
    load_code.cache_clear()
    client = staff(VIEW, "squid_mesh.decide_approval")
    url = address(run_id, Action.DECIDE, "review")
    shown = page(client, url)
    assert "Required field approver_code was added." in shown
    sent = {"visit": "1", "exit": "approved", "answer-discount": "10"}
    assert client.post(url, sent).status_code == 422
    assert client.post(url, {**sent, "answer-approver_code": "x"}).status_code == 302
    load_code.cache_clear()
    assert seen(run_id).state["review"] == {"discount": 10, "note": "", "approver_code": "x"}


def test_errors_of_answers_stand_at_their_fields_and_the_input_is_kept(staff: Any) -> None:
    run_id = driven(people.Reviews)
    client = staff(VIEW, "squid_mesh.decide_approval")
    sent = {"visit": "1", "exit": "approved", "answer-discount": "99", "comment": f"typed {HOSTILE}"}
    response = client.post(address(run_id, Action.DECIDE, "review"), sent)
    shown = response.content.decode()
    assert response.status_code == 422
    assert "Input should be less than or equal to 50" in shown
    assert 'value="99"' in shown
    assert "typed &lt;script&gt;" in shown
    assert HOSTILE not in shown
    assert not Decision.objects.exists()


def test_other_exits_do_not_need_the_form_and_accept_answers(staff: Any) -> None:
    client = staff(VIEW, "squid_mesh.decide_approval")
    one, other = driven(people.Reviews), driven(people.Reviews)
    client.post(address(one, Action.DECIDE, "review"), {"visit": "1", "exit": "rejected"})
    assert Decision.objects.get().data is None
    sent = {"visit": "1", "exit": "rejected", "answer-discount": "3"}
    client.post(address(other, Action.DECIDE, "review"), sent)
    assert Decision.objects.last().data == {"discount": 3, "note": ""}


@pytest.mark.parametrize("exit", ["", "ok", "no such"])
def test_no_exit_or_a_wrong_one_decides_nothing(exit: str, staff: Any) -> None:
    run_id = driven(people.Expires)
    client = staff(VIEW, "squid_mesh.decide_approval")
    response = client.post(address(run_id, Action.DECIDE, "review"), {"visit": "1", "exit": exit})
    assert response.status_code == 422
    assert not Decision.objects.exists()


def test_a_second_decider_sees_who_decided_and_when(staff: Any) -> None:
    run_id = driven(people.Reviews)
    client = staff(VIEW, "squid_mesh.decide_approval")
    url = address(run_id, Action.DECIDE, "review")
    assert client.get(url).status_code == 200
    api.approve_run(run_id, actor=person("bob", "squid_mesh.decide_approval"), data={"discount": 1})
    sent = {"visit": "1", "exit": "rejected", "comment": "too dear"}
    response = client.post(url, sent)
    shown = response.content.decode()
    assert response.status_code == 409
    assert "Nothing was changed: review was already decided: Approve, by bob" in shown
    assert "too dear" in shown
    assert Decision.objects.count() == 1
    again = client.get(url)
    assert again.status_code == 409
    assert "Already decided. bob: Approve" in again.content.decode()


def test_a_visit_that_a_rewind_replaced_cannot_be_decided(staff: Any) -> None:
    run_id = driven(people.Reviews)
    client = staff(VIEW, "squid_mesh.decide_approval")
    api.decide_approval(run_id, "changes", actor=person("bob", "squid_mesh.decide_approval"))
    run_until_idle()
    assert row_visits(run_id) == [1, 2]
    sent = {"visit": "1", "exit": "rejected"}
    response = client.post(address(run_id, Action.DECIDE, "review"), sent)
    assert response.status_code == 409
    assert Decision.objects.count() == 1


def row_visits(run_id: UUID) -> list[int]:
    return [step.visit for step in seen(run_id).steps if step.name == "review"]


def test_repeating_irreversible_steps_requires_the_box_and_the_permission(staff: Any) -> None:
    run_id = driven(people.Ships)
    url = address(run_id, Action.REPLAY)
    without = staff(VIEW, "squid_mesh.replay_run", name="bob")
    shown = page(without, url)
    assert OVERRIDE in shown
    assert 'name="allow_irreversible"' not in shown
    assert without.post(url, {"allow_irreversible": "on"}).status_code == 422
    client = staff(VIEW, "squid_mesh.replay_run", OVERRIDE)
    shown = page(client, url)
    assert "Warning: repeats irreversible steps" in shown
    assert "Repeat irreversible steps: ship" in shown
    response = client.post(url, {"reason": "typed"})
    assert response.status_code == 422
    assert "this would repeat irreversible steps: ship" in response.content.decode()
    assert "typed" in response.content.decode()
    assert Run.objects.count() == 1
    assert client.post(url, {"allow_irreversible": "on"}).status_code == 302
    assert Run.objects.count() == 2


def test_submitting_a_replay_twice_starts_one_run(staff: Any) -> None:
    run_id = driven(workflows.Chain, {"order_id": 7})
    client = staff(VIEW, "squid_mesh.replay_run")
    url = address(run_id, Action.REPLAY)
    form = client.get(url).context["form"]
    posted = {"payload": form["payload"].value(), "idempotency_key": form["idempotency_key"].value()}
    locations = [client.post(url, posted)["Location"] for _ in range(2)]
    assert locations[0] == locations[1]
    assert events(run_id).count("run_replayed") == 1
    other = client.post(url, {**posted, "payload": '{"order_id": 8}'})
    assert other.status_code == 422
    assert "with other values" in other.content.decode()
    new = other.context["form"]["idempotency_key"].value()
    assert client.post(url, {"payload": '{"order_id": 8}', "idempotency_key": new}).status_code == 302
    assert Run.objects.filter(replay_of=run_id).count() == 2


def test_a_replay_keeps_the_payload_with_its_secrets_or_has_another(staff: Any) -> None:
    run_id = driven(workflows.Secret, {"token": "tok-123", "note": "first"})
    client = staff(VIEW, "squid_mesh.replay_run")
    url = address(run_id, Action.REPLAY)
    form = client.get(url).context["form"]
    shown = form["payload"].value()
    assert "tok-123" not in shown
    client.post(url, {"payload": shown})
    assert Run.objects.get(replay_of=run_id).payload["token"] == "tok-123"
    edited = {**json.loads(shown), "note": "second"}
    response = client.post(url, {"payload": json.dumps(edited)})
    assert response.status_code == 422
    assert "masked secrets" in response.content.decode()
    client.post(url, {"payload": json.dumps({**edited, "token": "tok-9"})})
    newest = Run.objects.filter(replay_of=run_id).order_by("created_at", "id").last()
    assert (newest.payload["token"], newest.payload["note"]) == ("tok-9", "second")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("{", "Invalid JSON"),
        ("[1]", "The payload must be a JSON object"),
        ('{"order_id": "many"}', "order_id: Input should be a valid integer"),
        ('{"order": 1}', "order: unknown field"),
    ],
)
def test_a_payload_that_does_not_fit_starts_nothing(data: str, message: str, staff: Any) -> None:
    run_id = driven(workflows.Chain)
    response = staff(VIEW, "squid_mesh.replay_run").post(address(run_id, Action.REPLAY), {"payload": data})
    assert response.status_code == 422
    assert message in response.content.decode()
    assert Run.objects.count() == 1


def test_a_step_is_resolved_with_an_output_that_fits(staff: Any) -> None:
    run_id = api.start_run(people.Checks).id
    claim(run_id)
    lose_its_worker(run_id)
    client = staff(VIEW, "squid_mesh.resolve_step")
    url = address(run_id, Action.RESOLVE, "check")
    response = client.post(url, {"outcome": "ok", "output": '{"reference": "g1"}'})
    assert response.status_code == 422
    assert "isn&#x27;t what step check declares to return" in response.content.decode()
    assert client.post(url, {"outcome": "ok", "output": "nonsense"}).status_code == 422
    assert row(run_id, "check").status == "unknown"
    sent = {"outcome": "ok", "output": '{"reference": "g1", "amount": 5}'}
    assert client.post(url, sent).status_code == 302
    assert row(run_id, "check").output == {"reference": "g1", "amount": 5}


def lose_its_worker(run_id: UUID) -> None:
    StepRun.objects.filter(run_id=run_id, status="running").update(
        lease_until=datetime(2020, 1, 1, tzinfo=UTC)
    )
    run_until_idle()


def test_a_comment_without_text_is_rejected(staff: Any) -> None:
    run_id = driven(workflows.Single)
    client = staff(VIEW, "squid_mesh.comment_run")
    response = client.post(address(run_id, Action.COMMENT), {"text": "  "})
    assert response.status_code == 422
    assert "commented" not in events(run_id)


def test_the_cancel_page_names_the_running_steps(staff: Any) -> None:
    run_id = api.start_run(workflows.Single).id
    claim(run_id)
    shown = page(staff(VIEW, "squid_mesh.cancel_run"), address(run_id, Action.CANCEL))
    assert "Running steps finish first: only." in shown


def test_the_rewind_page_names_the_repeated_steps_and_the_skip_page_the_next_ones(
    staff: Any, plan: Plan
) -> None:
    run_id = failed(plan)
    client = staff(VIEW, "squid_mesh.rewind_run", "squid_mesh.skip_step")
    shown = page(client, address(run_id, Action.REWIND), step="one")
    assert "These steps will run again if the flow reaches them: one, two, three." in shown
    assert "This reopens the failed run." in shown
    assert "Next: three." in page(client, address(run_id, Action.SKIP), step="two")


def test_the_page_of_an_illegal_action_says_so_and_a_post_does_nothing(staff: Any) -> None:
    run_id = driven(workflows.Single)
    client = staff(VIEW, "squid_mesh.cancel_run", "squid_mesh.retry_step")
    shown = client.get(address(run_id, Action.CANCEL))
    assert shown.status_code == 409
    assert "the run is completed" in shown.content.decode()
    assert client.post(address(run_id, Action.CANCEL), {}).status_code == 409
    assert client.get(address(run_id, Action.RETRY, "only")).status_code == 409
    assert client.post(address(run_id, Action.RETRY, "only"), {}).status_code == 409


def test_the_forms_require_their_csrf_token(staff: Any) -> None:
    run_id = driven(people.Holds)
    client = Client(enforce_csrf_checks=True)
    client.force_login(person("cleo", VIEW, "squid_mesh.cancel_run", is_staff=True))
    assert client.post(address(run_id, Action.CANCEL), {}).status_code == 403
    assert seen(run_id).status == "paused"


def test_the_prompt_and_the_exits_are_escaped(staff: Any) -> None:
    asked = Request(kind="approval", prompt=HOSTILE, exits=("approved", '"><script>'))
    (run_id,) = create_held_runs(people.Reviews, "review", 1, request=asked)
    shown = page(staff(VIEW, "squid_mesh.decide_approval"), address(run_id, Action.DECIDE), step="review")
    assert "<script>alert" not in shown
    assert '"><script>' not in shown


def test_a_failed_step_without_its_code_cannot_be_resolved_and_the_page_says_why(
    staff: Any, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan["two"] = [ValueError("no ink")]
    run_id = driven(workflows.Chain)
    monkeypatch.delattr(steps, "act")
    load_code.cache_clear()
    client = staff(VIEW, "squid_mesh.resolve_step")
    asked = client.get(address(run_id, Action.RESOLVE, "two"))
    assert asked.status_code == 409
    assert "Not possible now" in asked.content.decode()
    response = client.post(address(run_id, Action.RESOLVE, "two"), {"outcome": "ok", "visit": "1"})
    assert response.status_code == 422
    assert "The code is needed to check the step" in response.content.decode()
