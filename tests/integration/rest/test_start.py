"""Starting runs over REST: payloads, idempotency keys, waiting, and CSRF."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import override_settings
from rest_framework.test import APIClient

from squid_mesh import StepFailed, api
from squid_mesh.inspection.runs import waiting
from squid_mesh.models import Run
from squid_mesh.testing import drain
from tests.host import workflows
from tests.host.people import person
from tests.host.runs import seen
from tests.integration.rest.conftest import REST

START = f"{REST}workflows/host.Chain/runs/"


@pytest.fixture
def starter(sign_in: Any) -> APIClient:
    client: APIClient = sign_in("start_run", "view_run")
    return client


def post(client: Any, body: Any = None, address: str = START, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(address, {} if body is None else body, format="json", headers=named)


def test_a_run_is_started_as_the_user_with_payload_trigger_tags_and_time(starter: Any) -> None:
    at = datetime.now(UTC) + timedelta(days=1)
    body = {"payload": {"order_id": 7}, "trigger": "manual", "tags": ["vip"], "start_at": at.isoformat()}
    response = post(starter, body)
    assert response.status_code == 201
    started = response.json()
    run = seen(Run.objects.get().pk)
    assert response["Location"] == f"http://testserver{REST}runs/{run.id}/"
    assert started == {**api.inspect_run(run.id).model_dump(mode="json", include=started.keys())} | {
        "existed": False,
        "state": None,
    }
    assert (run.payload, run.tags, run.status) == ({"order_id": 7}, ("vip",), "pending")
    assert run.events[0].actor == "ada"


def test_an_empty_body_starts_a_run_with_the_payloads_defaults(starter: Any) -> None:
    assert starter.post(START).status_code == 201
    assert seen(Run.objects.get().pk).payload == {"order_id": 1}


def test_the_same_key_and_values_answer_200_with_the_first_run(starter: Any) -> None:
    first = post(starter, {"payload": {"order_id": 7}}, Idempotency_Key="k")
    second = post(starter, {"payload": {"order_id": 7}}, Idempotency_Key="k")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    assert second.json()["existed"] is True
    assert first["Location"] == second["Location"]


def test_the_same_key_with_other_values_is_a_conflict(starter: Any) -> None:
    post(starter, {"payload": {"order_id": 7}}, Idempotency_Key="k")
    response = post(starter, {"payload": {"order_id": 8}}, Idempotency_Key="k")
    assert (response.status_code, response.json()["code"]) == (409, "idempotency_conflict")
    assert response.json()["details"]["differs"] == ["payload.order_id"]
    assert Run.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"payload": {"order_id": "many"}}, 400, "invalid_payload"),
        ({"payload": {"colour": 1}}, 400, "invalid_payload"),
        ({"payload": [1]}, 400, "invalid_request"),
        ({"colour": 1}, 400, "invalid_request"),
        ({"tags": "vip"}, 400, "invalid_request"),
        ({"tags": ["a,b"]}, 400, "invalid_argument"),
        ({"start_at": 5}, 400, "invalid_request"),
        ({"start_at": "5"}, 400, "invalid_request"),
        ({"start_at": "2026-01-01T00:00:00"}, 400, "invalid_request"),
        ([], 400, "invalid_request"),
        ("x", 400, "invalid_request"),
        ({"trigger": "nightly"}, 404, "trigger_not_found"),
        ({"payload": {"note": "x" * 1_100_000}}, 413, "limit_exceeded"),
    ],
)
def test_what_can_not_be_started_is_an_error_and_starts_nothing(
    body: Any, status: int, code: str, starter: Any
) -> None:
    response = post(starter, body)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff",
        b"[" * 100_000,
        b'{"payload": {"order_id": NaN}}',
        b'{"payload": {"order_id": ' + b"9" * 9_000 + b"}}",
        b'{"trigger": "\\ud800"}',
        b"null",
        b"7",
    ],
)
def test_a_body_that_is_no_json_object_is_an_error(body: bytes, starter: Any) -> None:
    response = starter.post(START, body, content_type="application/json")
    assert response.status_code == 400
    assert response.json()["code"] == "invalid_request"


def test_a_body_is_never_read_beyond_its_limit(starter: Any) -> None:
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=100):
        response = post(starter, {"payload": {"order_id": 1, "note": "x" * 100}})
    assert (response.status_code, response.json()) == (
        413,
        {
            "code": "body_too_large",
            "message": "The body has more than 100 bytes.",
            "details": {"limit": 100},
        },
    )
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=None):
        assert post(starter, {"payload": {"order_id": 1}}).status_code == 201


def test_a_form_is_no_json(starter: Any) -> None:
    response = starter.post(START, {"trigger": "manual"}, format="multipart")
    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")


def test_a_key_that_is_too_long_is_an_error(starter: Any) -> None:
    response = post(starter, Idempotency_Key="k" * 300)
    assert (response.status_code, response.json()["code"]) == (400, "invalid_argument")


def test_an_unknown_workflow_is_not_found(starter: Any) -> None:
    response = post(starter, address=f"{REST}workflows/host.Never/runs/")
    assert (response.status_code, response.json()["code"]) == (404, "workflow_not_found")


def test_a_session_needs_the_csrf_token() -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(person("eve", "squid_mesh.start_run"))
    response = post(client)
    assert (response.status_code, response.json()["code"]) == (403, "not_permitted")
    assert "CSRF" in response.json()["message"]
    assert not Run.objects.exists()


@pytest.fixture
def worker(monkeypatch: Any) -> list[float]:
    """Execute what is due whenever a request waits; return how long it would have waited."""
    waited: list[float] = []
    now = [0.0]

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        now[0] += seconds
        if len(waited) == 3:
            drain()

    defaults = {"sleep": sleep, "now": lambda: now[0]}
    monkeypatch.setattr(waiting.wait_until_finished, "__kwdefaults__", defaults)
    return waited


def test_a_request_that_waits_is_answered_with_the_result(starter: Any, worker: list[float]) -> None:
    response = post(starter, {"payload": {"order_id": 7}}, f"{START}?wait=30")
    assert response.status_code == 201
    assert (response.json()["status"], response.json()["state"]) == ("completed", {"order_id": 7})
    assert len(worker) == 3


def test_a_request_that_waits_is_answered_with_the_error(starter: Any, worker: Any, plan: Any) -> None:
    plan["two"] = StepFailed("No stock.")
    found = post(starter, address=f"{START}?wait=5").json()
    assert (found["status"], found["error"]["message"]) == ("failed", "No stock.")


def test_a_request_waits_no_longer_than_it_says(starter: Any, worker: list[float]) -> None:
    body = {"start_at": (datetime.now(UTC) + timedelta(days=1)).isoformat()}
    found = post(starter, body, f"{START}?wait=4").json()
    assert (found["status"], found["state"]) == ("pending", None)
    assert sum(worker) == pytest.approx(4)
    assert max(worker) <= 0.5


@pytest.mark.parametrize("wait", ["31", "-1", "x", "1.5"])
def test_a_request_waits_at_most_30_seconds(wait: str, starter: Any) -> None:
    response = post(starter, address=f"{START}?wait={wait}")
    assert (response.status_code, list(response.json()["details"]["errors"])) == (400, ["wait"])
    assert not Run.objects.exists()


def test_a_user_who_may_not_view_runs_can_start_them_and_not_wait(sign_in: Any) -> None:
    client = sign_in("start_run", name="eve")
    response = post(client, address=f"{START}?wait=1")
    assert response.status_code == 403
    assert response.json()["details"]["permission"] == "squid_mesh.view_run"
    assert not Run.objects.exists()
    assert post(client).status_code == 201


def test_waiting_for_a_run_needs_a_time() -> None:
    run = api.start_run(workflows.Single)
    drain()
    assert api.wait_for_run(run.id, 1.0).status == "completed"


def test_no_secret_is_in_the_answer(starter: Any, worker: Any) -> None:
    body = {"payload": {"token": "tok-123-secret"}}
    response = post(starter, body, f"{REST}workflows/host.Secret/runs/?wait=5")
    assert response.status_code == 201, response.content
    assert "tok-123-secret" not in response.content.decode()
    body = {"payload": {"token": ["tok-123-secret"], "phone": 7}}
    response = post(starter, body, f"{REST}workflows/host.Secret/runs/")
    assert response.status_code == 400
    assert "tok-123-secret" not in response.content.decode()
