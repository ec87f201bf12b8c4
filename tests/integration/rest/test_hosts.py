"""Hosts with other settings, users, middleware and servers than the tests' own."""

from __future__ import annotations

import json
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.db import connection
from rest_framework import exceptions as framework
from rest_framework.authentication import BaseAuthentication
from rest_framework.renderers import BrowsableAPIRenderer, JSONRenderer
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.throttling import AnonRateThrottle

from squid_mesh import StepFailed, api
from squid_mesh.models import Run
from squid_mesh.rest.base.views import RestView
from squid_mesh.rest.views.clusters import LiveView
from squid_mesh.rest.views.inbox import InboxView
from squid_mesh.rest.views.runs import RunsView
from squid_mesh.rest.views.start import StartView
from squid_mesh.testing import drain
from tests.host import people
from tests.host.people import person
from tests.host.runs import driven
from tests.integration.rest.conftest import REST

START = f"{REST}workflows/host.Chain/runs/"
CHUNKED = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}


def test_a_body_without_a_length_is_refused_not_dropped(sign_in: Any) -> None:
    client = sign_in("start_run")
    body = json.dumps({"payload": {"order_id": 7}})
    response = client.generic("POST", START, body, content_type="application/json", **CHUNKED)
    assert (response.status_code, response.json()["code"]) == (411, "length_required")
    assert not Run.objects.exists()


def test_a_body_over_http_2_has_no_header_that_says_that_it_is_there() -> None:
    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": START, "query_string": b"", "headers": headers}
    request = ASGIRequest(scope, BytesIO(b"{}"))
    force_authenticate(request, person("ada", "squid_mesh.start_run"))
    response = StartView.as_view()(request, workflow="host.Chain")
    assert (response.status_code, response.data["code"]) == (411, "length_required")


def test_an_error_leaves_a_transaction_around_the_request_usable(viewer: Any, monkeypatch: Any) -> None:
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    assert viewer.get(f"{REST}runs/none/").status_code == 404
    assert not Run.objects.exists()


class ForeignTokens(BaseAuthentication):
    """Takes every bearer token for one of its own."""

    def authenticate(self, request: Any) -> Any:
        raise framework.AuthenticationFailed({"detail": "Not one of ours.", "code": "token_not_valid"})

    def authenticate_header(self, request: Any) -> str:
        return "Bearer"


class Anonymous(AnonRateThrottle):
    rate = "100/min"


@pytest.fixture
def probe_request(settings: Any) -> Any:
    settings.SQUID_MESH = {"METRICS_TOKEN": "a-token-for-probes"}
    return APIRequestFactory().get("/", headers={"Authorization": "Bearer a-token-for-probes"})


def test_a_probes_token_is_not_tried_by_the_hosts_authentication(probe_request: Any) -> None:
    view = LiveView.as_view(authentication_classes=[ForeignTokens], throttle_classes=[Anonymous])
    assert view(probe_request).status_code == 200


def test_a_probe_that_accepts_nothing_the_host_renders_is_406(viewer: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(RestView, "renderer_classes", [BrowsableAPIRenderer, JSONRenderer])
    assert viewer.get(f"{REST}health/live/", headers={"Accept": "application/pdf"}).status_code == 406


def test_the_message_of_an_authentication_that_answers_with_fields_is_its_detail() -> None:
    response = RunsView.as_view(authentication_classes=[ForeignTokens])(APIRequestFactory().get("/"))
    assert response.status_code == 401
    assert response.data["message"] == "Not one of ours."


class Unpaid(framework.APIException):
    status_code = 402
    default_detail = "The subscription has ended."
    default_code = "unpaid"


class UnpaidAlways(BaseAuthentication):
    def authenticate(self, request: Any) -> Any:
        raise Unpaid


def test_an_error_of_the_hosts_own_has_its_own_status_and_code() -> None:
    response = RunsView.as_view(authentication_classes=[UnpaidAlways])(APIRequestFactory().get("/"))
    assert response.status_code == 402
    assert response.data == {"code": "unpaid", "message": "The subscription has ended.", "details": {}}


def test_a_server_error_of_the_framework_is_a_bug(viewer: Any, monkeypatch: Any) -> None:
    def fail(*args: Any, **options: Any) -> None:
        raise framework.APIException

    monkeypatch.setattr("squid_mesh.api.list_runs", fail)
    with pytest.raises(framework.APIException):
        viewer.get(f"{REST}runs/")


@pytest.mark.parametrize("view", [RunsView, InboxView])
def test_users_who_are_none_of_the_project_are_refused(view: Any) -> None:
    service = SimpleNamespace(is_authenticated=True, is_active=True, has_perm=lambda name: True)
    request = APIRequestFactory().get("/")
    force_authenticate(request, service)  # type: ignore[arg-type]
    response = view.as_view()(request)
    assert (response.status_code, response.data["code"]) == (403, "not_permitted")


def test_a_tag_that_compression_on_the_way_has_weakened_still_names_its_version(sign_in: Any) -> None:
    run = driven(people.Holds)
    client = sign_in("view_run", "cancel_run")
    tag = client.get(f"{REST}runs/{run}/")["ETag"]
    address = f"{REST}runs/{run}/actions/cancel_run/"
    stale = client.post(address, {}, format="json", headers={"If-Match": 'W/"x"'})
    assert stale.status_code == 412
    done = client.post(address, {}, format="json", headers={"If-Match": f"W/{tag}"})
    assert (done.status_code, api.read_summary(run).status) == (200, "cancelled")


def test_a_form_that_middleware_has_read_is_no_empty_body() -> None:
    request = APIRequestFactory().post(START, {"trigger": "manual"}, format="multipart")
    assert request.POST["trigger"] == "manual"
    force_authenticate(request, person("ada", "squid_mesh.start_run"))
    response = StartView.as_view()(request, workflow="host.Chain")
    assert (response.status_code, response.data["code"]) == (415, "unsupported_media_type")
    assert not Run.objects.exists()


def test_who_may_not_view_runs_gets_a_started_run_as_it_was_at_its_start(sign_in: Any, plan: Any) -> None:
    plan["two"] = StepFailed("No stock.")
    client = sign_in("start_run")
    options: Any = {"format": "json", "headers": {"Idempotency-Key": "k"}}
    first = client.post(START, {}, **options)
    drain()
    second = client.post(START, {}, **options)
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == first.json() | {"existed": True}
    client = sign_in("start_run", "view_run", name="bob")
    assert client.post(START, {}, **options).json()["status"] == "failed"


@pytest.mark.parametrize("value", ["s3cret", "99"])
def test_no_error_repeats_a_time_that_is_none(value: str, sign_in: Any) -> None:
    client = sign_in("start_run", "view_run")
    for response in (
        client.post(START, {"start_at": value}, format="json"),
        client.get(f"{REST}runs/?created_from={value}"),
    ):
        assert response.status_code == 400
        assert value not in response.content.decode()
