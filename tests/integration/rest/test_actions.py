"""Actions over REST: what is offered, performing it, entity tags, and who learns what."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from jsonschema import Draft202012Validator
from rest_framework.test import APIClient

from squid_mesh import StepFailed, api
from squid_mesh.actions import SPECS, Action, Field
from squid_mesh.models import Run
from squid_mesh.rest.actions import FIELDS
from squid_mesh.testing import drain
from tests.host import people, workflows
from tests.host.runs import driven, events, seen, statuses
from tests.integration.rest.conftest import REST

ALL = ("view_run", "override_irreversible", *(action.value for action in Action))


@pytest.fixture
def chief(sign_in: Any) -> APIClient:
    client: APIClient = sign_in(*ALL, name="chief")
    return client


def offered(client: Any, run_id: UUID) -> dict[tuple[str, str], dict[str, Any]]:
    response = client.get(f"{REST}runs/{run_id}/actions/")
    assert response.status_code == 200, response.content
    return {(one["action"], one["step"]): one for one in response.json()["results"]}


def perform(client: Any, run_id: UUID, action: str, body: Any = None, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    address = f"{REST}runs/{run_id}/actions/{action}/"
    return client.post(address, {} if body is None else body, format="json", headers=named)


def test_each_offer_has_a_url_and_a_schema_that_its_body_fits(chief: Any) -> None:
    run_id = driven(people.Reviews)
    offers = offered(chief, run_id)
    assert set(offers) == {
        ("cancel_run", ""),
        ("comment_run", ""),
        ("decide_approval", "review"),
        ("skip_step", "review"),
        ("rewind_run", "load"),
        ("rewind_run", "review"),
    }
    decide = offers["decide_approval", "review"]
    properties = decide["body_schema"]["properties"]
    assert set(properties["exit"]["enum"]) == {"approved", "rejected", "later", "changes"}
    assert (properties["step"], properties["visit"]) == ({"const": "review"}, {"const": 1})
    assert properties["data"]["properties"]["discount"]["maximum"] == 50
    body = {"step": "review", "visit": 1, "exit": "approved", "data": {"discount": 5}, "comment": "Fine."}
    Draft202012Validator(decide["body_schema"]).validate(body)
    response = chief.post(decide["url"], body, format="json")
    assert response.status_code == 200, response.content
    assert response.json()["message"] == "Approved."
    drain()
    run = seen(run_id)
    assert run.status == "completed"
    (vote,) = run.step("review").decisions
    assert (vote.actor, vote.comment, vote.data) == ("chief", "Fine.", {"discount": 5, "note": ""})


def test_an_offer_is_only_what_the_user_may_do(sign_in: Any) -> None:
    run_id = driven(people.Holds)
    assert set(offered(sign_in("view_run", "cancel_run"), run_id)) == {("cancel_run", "")}
    assert offered(sign_in("view_run", name="eve"), run_id) == {}
    assert set(offered(sign_in("unblock_run", name="bob"), run_id)) == {("unblock_run", "ready")}


def failed(plan: Any) -> UUID:
    plan["two"] = StepFailed("No stock.")
    run_id = driven(workflows.Chain)
    plan.clear()
    return run_id


@pytest.mark.parametrize(
    ("action", "body", "after"),
    [
        ("retry_step", {"step": "two", "visit": 1, "reason": "Stock came."}, "completed"),
        ("skip_step", {"step": "two", "reason": "Not needed."}, "completed"),
        ("resolve_step", {"step": "two", "outcome": "ok", "output": None}, "completed"),
        ("rewind_run", {"step": "one"}, "completed"),
        ("comment_run", {"text": "Look at this."}, "failed"),
        ("comment_run", {"text": "Look at this.", "step": "two"}, "failed"),
    ],
)
def test_an_action_on_a_failed_run_is_performed(
    action: str, body: Any, after: str, chief: Any, plan: Any
) -> None:
    run_id = failed(plan)
    response = perform(chief, run_id, action, body)
    assert response.status_code == 200, response.content
    assert response.json()["run"]["id"] == str(run_id)
    drain()
    assert seen(run_id).status == after
    expected = list(SPECS[Action(action)].events)
    event = next(one for one in reversed(seen(run_id).events) if one.type in expected)
    assert (event.actor, event.comment) == ("chief", body.get("reason", body.get("text", "")))


def test_a_run_is_cancelled(chief: Any) -> None:
    run_id = driven(people.Holds)
    response = perform(chief, run_id, "cancel_run", {"reason": "A test."})
    assert response.json()["message"] == "The run is cancelled."
    assert response.json()["run"]["status"] == "cancelled"


def test_a_pause_is_ended_without_naming_the_only_step(chief: Any) -> None:
    run_id = driven(people.Holds)
    assert perform(chief, run_id, "unblock_run").status_code == 200
    drain()
    assert statuses(run_id)["after"] == "completed"


def test_a_replay_starts_a_new_run_once_for_each_key(chief: Any) -> None:
    run_id = driven(workflows.Chain)
    first = perform(chief, run_id, "replay_run", {"payload": {"order_id": 9}}, Idempotency_Key="again")
    second = perform(chief, run_id, "replay_run", {"payload": {"order_id": 9}}, Idempotency_Key="again")
    assert first.status_code == 201
    new = first.json()["run"]
    assert first["Location"] == f"http://testserver{REST}runs/{new['id']}/"
    assert (new["replay_of"], second.json()["run"]["id"]) == (str(run_id), new["id"])
    assert Run.objects.count() == 2


@pytest.mark.parametrize(
    ("action", "body", "status", "code"),
    [
        ("unblock_run", {}, 409, "illegal_action"),
        ("unblock_run", {"step": "never"}, 404, "step_not_found"),
        ("decide_approval", {}, 400, "invalid_request"),
        ("decide_approval", {"exit": 7}, 400, "invalid_request"),
        ("decide_approval", {"exit": "approved", "colour": 1}, 400, "invalid_request"),
        ("decide_approval", {"exit": "sideways"}, 400, "invalid_argument"),
        ("decide_approval", {"exit": "approved", "data": {"discount": 99}}, 422, "invalid_form"),
        ("decide_approval", {"exit": "approved", "visit": 2, "data": {"discount": 5}}, 409, "illegal_action"),
        ("decide_approval", {"exit": "approved", "comment": "x" * 10_001}, 413, "limit_exceeded"),
        ("comment_run", {"text": ""}, 400, "invalid_request"),
        ("comment_run", {"text": "\x00"}, 400, "invalid_argument"),
        ("replay_run", {}, 409, "illegal_action"),
        ("rewind_run", {"step": "load", "visit": "1"}, 400, "invalid_request"),
        ("rewind_run", {"step": "load", "allow_irreversible": 1}, 400, "invalid_request"),
    ],
)
def test_what_is_not_possible_is_an_error_and_changes_nothing(
    action: str, body: Any, status: int, code: str, chief: Any
) -> None:
    run_id = driven(people.Reviews)
    before = seen(run_id)
    response = perform(chief, run_id, action, body)
    assert (response.status_code, response.json()["code"]) == (status, code), response.content
    assert seen(run_id) == before
    if code == "illegal_action":
        assert response.json()["details"]["status"] == "paused"


def test_irreversible_steps_are_repeated_only_if_the_body_allows_it(chief: Any) -> None:
    run_id = driven(people.Ships)
    response = perform(chief, run_id, "rewind_run", {"step": "load"})
    assert (response.status_code, response.json()["code"]) == (409, "irreversible_steps")
    assert response.json()["details"]["steps"] == ["ship"]
    offer = offered(chief, run_id)["rewind_run", "load"]
    assert offer["irreversible"] == ["ship"]
    assert offer["body_schema"]["properties"]["allow_irreversible"] == {"const": True}
    assert (
        perform(chief, run_id, "rewind_run", {"step": "load", "allow_irreversible": True}).status_code == 200
    )


def test_repeating_irreversible_steps_needs_the_override_permission(sign_in: Any) -> None:
    run_id = driven(people.Ships)
    client = sign_in("view_run", "rewind_run")
    assert ("rewind_run", "load") not in offered(client, run_id)
    response = perform(client, run_id, "rewind_run", {"step": "load", "allow_irreversible": True})
    assert response.status_code == 403
    assert response.json()["details"]["permission"] == "squid_mesh.override_irreversible"


def test_a_second_decision_is_a_conflict_that_names_the_first(sign_in: Any) -> None:
    run_id = driven(people.FourEyes)
    client = sign_in("view_run", "decide_approval")
    assert perform(client, run_id, "decide_approval", {"exit": "approved"}).status_code == 200
    response = perform(client, run_id, "decide_approval", {"exit": "rejected"})
    assert (response.status_code, response.json()["code"]) == (409, "already_decided")
    assert response.json()["details"]["by"] == "ada"


def test_with_if_match_an_action_needs_the_run_that_the_client_read(chief: Any) -> None:
    run_id = driven(people.Holds)
    tag = chief.get(f"{REST}runs/{run_id}/")["ETag"]
    api.comment_run(run_id, "Wait.")
    response = perform(chief, run_id, "unblock_run", If_Match=tag)
    assert (response.status_code, response.json()["code"]) == (412, "run_changed")
    assert seen(run_id).status == "paused"
    present = response.json()["details"]["etag"]
    assert present == chief.get(f"{REST}runs/{run_id}/")["ETag"]
    for wrong in ('"x"', 'W/"x"', "nonsense"):
        assert perform(chief, run_id, "unblock_run", If_Match=wrong).status_code == 412
    assert perform(chief, run_id, "unblock_run", If_Match=f'"x", {present}').status_code == 200


def test_who_may_not_view_runs_does_not_learn_their_tags(sign_in: Any, plan: Any) -> None:
    plan["reviewer"] = "bob"
    run_id = driven(people.Sole)
    body = {"exit": "approved"}
    response = perform(sign_in(name="bob"), run_id, "decide_approval", body, If_Match='"x"')
    assert (response.status_code, response.json()["details"]) == (412, {})


def test_with_if_match_any_an_action_needs_only_the_run(chief: Any) -> None:
    run_id = driven(people.Holds)
    assert perform(chief, run_id, "unblock_run", If_Match="*").status_code == 200
    response = perform(chief, uuid4(), "unblock_run", If_Match="*")
    assert (response.status_code, response.json()["code"]) == (404, "run_not_found")


def test_an_error_in_a_held_run_leaves_no_lock_and_no_transaction(chief: Any) -> None:
    run_id = driven(people.Holds)
    tag = chief.get(f"{REST}runs/{run_id}/")["ETag"]
    assert perform(chief, run_id, "replay_run", If_Match=tag).status_code == 409
    assert perform(chief, run_id, "unblock_run", If_Match=tag).status_code == 200


def test_who_is_asked_may_decide_and_learns_nothing_else(sign_in: Any, plan: Any) -> None:
    plan["reviewer"] = "bob"
    run_id = driven(people.Sole)
    client = sign_in(name="bob")
    assert client.get(f"{REST}runs/{run_id}/").status_code == 403
    assert set(offered(client, run_id)) == {("decide_approval", "review")}
    response = perform(client, run_id, "decide_approval", {"exit": "approved"})
    assert (response.status_code, response.json()["run"]) == (200, None)
    late = perform(client, run_id, "decide_approval", {"exit": "approved"})
    assert (late.status_code, late.json()["code"]) == (409, "already_decided")
    assert client.get(f"{REST}runs/{run_id}/actions/").status_code == 403


@pytest.mark.parametrize("action", list(Action))
def test_others_learn_not_even_whether_there_is_such_a_run(action: Action, sign_in: Any, plan: Any) -> None:
    plan["reviewer"] = "ada"
    body = {"step": "review", **({"exit": "approved"} if Field.EXIT in SPECS[action].fields else {})}
    if Field.TEXT in SPECS[action].fields:
        body["text"] = "seen"
    if action.value in ("cancel_run", "replay_run"):
        del body["step"]
    client = sign_in(name="eve")
    runs = (driven(people.Sole), driven(workflows.Chain), uuid4())
    answers = [perform(client, run_id, action.value, body) for run_id in runs]
    assert {one.status_code for one in answers} == {403}
    assert len({one.content for one in answers}) == 1
    assert answers[0].json()["details"]["permission"] == f"squid_mesh.{action}"
    listed = [client.get(f"{REST}runs/{run_id}/actions/") for run_id in runs]
    assert {one.status_code for one in listed} == {403}
    assert len({one.content for one in listed}) == 1


def test_an_offer_takes_a_fixed_number_of_queries(chief: Any, django_assert_max_num_queries: Any) -> None:
    run_id = driven(people.Reviews)
    offered(chief, run_id)
    with django_assert_max_num_queries(18):
        offered(chief, run_id)


def test_every_field_of_a_spec_has_a_type() -> None:
    assert FIELDS.keys() == set(Field)


def test_performing_adds_one_event_of_the_person(chief: Any) -> None:
    run_id = driven(people.Holds)
    before = len(events(run_id))
    perform(chief, run_id, "comment_run", {"text": "One."})
    assert len(events(run_id)) == before + 1
