"""Cron triggers over REST: look, change, fire."""

from __future__ import annotations

from typing import Any

import pytest

from squid_mesh import api
from squid_mesh.models import Run, Trigger
from tests.integration.rest.conftest import REST

NIGHTLY = f"{REST}triggers/host.Twice/nightly/"


@pytest.fixture(autouse=True)
def rows() -> None:
    api.refresh_triggers()


def test_triggers_are_listed_and_read(sign_in: Any) -> None:
    client = sign_in("view_trigger")
    found = client.get(f"{REST}triggers/").json()["results"]
    assert found == [one.model_dump(mode="json") for one in api.list_triggers()]
    assert client.get(NIGHTLY).json() in found
    response = client.get(f"{REST}triggers/host.Twice/never/")
    assert (response.status_code, response.json()["code"]) == (404, "trigger_not_found")


def test_a_trigger_is_paused_and_changed_under_the_users_name(sign_in: Any) -> None:
    client = sign_in("change_trigger")
    response = client.patch(NIGHTLY, {"enabled": False, "expression": "0 4 * * *"}, format="json")
    assert response.status_code == 200
    assert response.json() == client.get(NIGHTLY).json()
    assert (response.json()["enabled"], response.json()["expression"]) == (False, "0 4 * * *")
    assert response.json()["changed_by"] == "ada"
    response = client.patch(NIGHTLY, {"expression": ""}, format="json")
    assert (response.json()["enabled"], response.json()["expression"]) == (False, "0 3 * * *")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"enabled": "no"}, "invalid_request"),
        ({"expression": "at night"}, "invalid_argument"),
        ({"timezone": "Mars"}, "invalid_argument"),
        ({"catch_up": "all"}, "invalid_request"),
    ],
)
def test_a_wrong_change_is_an_error_and_changes_nothing(body: Any, code: str, sign_in: Any) -> None:
    before = list(Trigger.objects.order_by("pk").values())
    response = sign_in("change_trigger").patch(NIGHTLY, body, format="json")
    assert (response.status_code, response.json()["code"]) == (400, code)
    assert list(Trigger.objects.order_by("pk").values()) == before


def test_a_trigger_is_fired_once_for_each_key(sign_in: Any) -> None:
    client = sign_in("view_trigger", "start_run", "view_run")
    key = {"Idempotency-Key": "once"}
    first = client.post(f"{NIGHTLY}fire/", {"reason": "A test."}, format="json", headers=key)
    second = client.post(f"{NIGHTLY}fire/", {"reason": "A test."}, format="json", headers=key)
    assert first.status_code == 201
    assert first["Location"] == f"http://testserver{REST}runs/{first.json()['run_id']}/"
    assert first.json()["run"]["trigger"] == "nightly"
    assert second.json()["run_id"] == first.json()["run_id"]
    assert Run.objects.count() == 1


def test_firing_again_with_the_key_answers_even_if_runs_may_not_overlap(sign_in: Any) -> None:
    client = sign_in("view_trigger", "start_run")
    address = f"{REST}triggers/host.Clocked/alone/fire/"

    def fire(key: str) -> Any:
        return client.post(address, {}, format="json", headers={"Idempotency-Key": key})

    first = fire("once")
    assert (first.status_code, fire("once").json()) == (201, first.json())
    other = fire("again")
    assert (other.status_code, other.json()["code"]) == (409, "illegal_action")


def test_a_user_who_may_not_view_runs_sees_only_the_id_of_the_run(sign_in: Any) -> None:
    response = sign_in("view_trigger", "start_run").post(f"{NIGHTLY}fire/", {}, format="json")
    assert (response.status_code, response.json()["run"]) == (201, None)


def test_firing_an_unknown_trigger_is_not_found(sign_in: Any) -> None:
    client = sign_in("view_trigger", "start_run")
    response = client.post(f"{REST}triggers/host.Twice/never/fire/", {}, format="json")
    assert (response.status_code, response.json()["code"]) == (404, "trigger_not_found")
