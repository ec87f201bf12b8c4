"""Errors over REST: one shape, the right status, and the host's settings."""

from __future__ import annotations

import base64
import json
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from rest_framework.authentication import BasicAuthentication, SessionAuthentication
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.throttling import SimpleRateThrottle

from squid_mesh import api, exceptions
from squid_mesh.rest.base import errors
from squid_mesh.rest.base.views import RestView
from squid_mesh.rest.handlers import not_found
from squid_mesh.rest.views.runs import RunsView
from tests.host.people import person
from tests.integration.rest.conftest import REST
from tests.integration.rest.requests import OPERATIONS

RUNS = f"{REST}runs/"


def test_without_a_user_the_answer_is_401_and_says_how_to_authenticate(client: Client) -> None:
    response = client.get(RUNS)
    assert response.status_code == 401
    assert response.json()["code"] == "not_authenticated"
    assert response["WWW-Authenticate"] == 'Basic realm="api"'


def test_a_wrong_password_is_401(client: Client) -> None:
    response = client.get(RUNS, headers={"Authorization": "Basic " + base64.b64encode(b"a:b").decode()})
    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")


def test_a_program_authenticates_as_the_host_allows(client: Client) -> None:
    person("robot", "squid_mesh.view_run", password="beep")
    secret = base64.b64encode(b"robot:beep").decode()
    assert client.get(RUNS, headers={"Authorization": f"Basic {secret}"}).status_code == 200


def test_a_user_without_the_permission_is_403_and_it_is_named(sign_in: Any) -> None:
    response = sign_in().get(RUNS)
    assert response.status_code == 403
    assert response.json() == {
        "code": "not_permitted",
        "message": "ada may not do this: requires the permission squid_mesh.view_run.",
        "details": {"action": "view_run", "permission": "squid_mesh.view_run"},
    }


def test_an_inactive_user_is_401(sign_in: Any) -> None:
    client = sign_in("view_run")
    User.objects.update(is_active=False)
    assert client.get(RUNS).status_code == 401
    user = User.objects.get()
    request = APIRequestFactory().get("/")
    force_authenticate(request, user)
    assert RunsView.as_view()(request).status_code == 401


def test_a_host_whose_anonymous_user_is_none_has_no_open_door() -> None:
    request = APIRequestFactory().get("/")
    force_authenticate(request, None)
    request.user = None
    assert RunsView.as_view(authentication_classes=())(request).status_code == 401


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: f"{one.method} {one.route}")
def test_a_method_that_a_view_does_not_have_is_405(operation: Any, sign_in: Any) -> None:
    client = sign_in()
    address = operation.address(run_id=UUID(int=7), workflow="w", step="s", trigger="t")
    for method in ("put", "delete", "trace"):
        response = client.generic(method.upper(), address)
        assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")


@pytest.mark.parametrize("text", ["x", "7", "%00", "%F0%9F%90%99", "0" * 200])
def test_a_runs_id_that_is_none_is_404_for_those_who_may_know(text: str, viewer: Any, client: Client) -> None:
    response = viewer.get(f"{RUNS}{text}/explanation/")
    assert (response.status_code, response.json()["code"]) == (404, "run_not_found")
    assert client.get(f"{RUNS}{text}/explanation/").status_code == 401


def test_the_hosts_404_can_be_the_same_error() -> None:
    response = not_found(RequestFactory().get("/"))
    assert (response.status_code, json.loads(response.content)["code"]) == (404, "not_found")


def test_a_view_that_does_not_say_what_a_method_needs_can_not_be_written() -> None:
    with pytest.raises(TypeError, match="post"):

        class Forgetful(RestView):
            needs = {"GET": ("view_run",)}

            def get(self, request: Any) -> None: ...

            def post(self, request: Any) -> None: ...


def test_a_format_that_no_renderer_has_is_406(viewer: Any) -> None:
    response = viewer.get(RUNS, headers={"Accept": "application/pdf"})
    assert (response.status_code, response.json()["code"]) == (406, "not_acceptable")


@pytest.mark.parametrize("end", ["runs/", "workflows/", "triggers/host.Twice/nightly/", "inbox/"])
def test_the_hosts_pages_for_people_show_what_the_user_may_see_and_change(end: str, sign_in: Any) -> None:
    api.refresh_triggers()
    html = {"Accept": "text/html"}
    clients = sign_in("view_run", "view_trigger"), sign_in("view_run", "change_trigger", name="bob")
    pages = [client.get(REST + end, headers=html) for client in clients]
    assert [page.status_code for page in pages] == [200, 200]
    assert all(page["Content-Type"].startswith("text/html") for page in pages)
    assert [b"Make a PATCH request" in page.content for page in pages] == [False, "nightly" in end]
    refused = sign_in(name="eve").get(f"{REST}runs/", headers=html)
    assert (refused.status_code, b"squid_mesh.view_run" in refused.content) == (403, True)


class OnceAMinute(SimpleRateThrottle):
    rate = "1/min"

    def get_cache_key(self, request: Request, view: Any) -> str:
        return "once"


def test_the_hosts_throttling_applies_and_says_when_to_try_again(viewer: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(RestView, "throttle_classes", [OnceAMinute])
    assert viewer.get(RUNS).status_code == 200
    response = viewer.get(RUNS)
    assert (response.status_code, response.json()["code"]) == (429, "throttled")
    assert 0 < int(response["Retry-After"]) <= 60


def test_the_hosts_authentication_and_renderers_are_used() -> None:
    assert RestView.authentication_classes == [SessionAuthentication, BasicAuthentication]
    assert "authentication_classes" not in vars(RestView)
    assert "renderer_classes" not in vars(RestView)
    assert "throttle_classes" not in vars(RestView)


def test_each_error_of_the_package_has_a_status_or_is_a_bug() -> None:
    def below(kind: type[exceptions.SquidMeshError]) -> set[type[exceptions.SquidMeshError]]:
        return {kind}.union(*(below(child) for child in kind.__subclasses__()))

    bugs = {
        *(exceptions.SquidMeshError, exceptions.AppendOnly, exceptions.IllegalMove),
        *(exceptions.InvalidSettings, exceptions.ExtraMissing, exceptions.RuntimeFolderRefused),
    }
    own = {one for one in below(exceptions.SquidMeshError) if one.__module__ == exceptions.__name__}
    unmapped = {one for one in own if not any(base in errors.STATUSES for base in one.__mro__)}
    assert unmapped == bugs


def test_a_bug_is_no_answer_but_an_exception_for_the_host(viewer: Any, monkeypatch: Any) -> None:
    def fail(*args: Any, **options: Any) -> None:
        raise exceptions.IllegalMove("never", before="a", after="b")

    monkeypatch.setattr("squid_mesh.api.list_runs", fail)
    with pytest.raises(exceptions.IllegalMove):
        viewer.get(RUNS)


def test_the_requests_of_these_tests_are_the_hosts() -> None:
    assert RequestFactory().get("/").method == "GET"
    assert settings.REST_FRAMEWORK == {}
