"""The HTTP tool in steps: the engine follows its errors, and no secret appears anywhere."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client, override_settings
from django.urls import reverse

from squid_mesh import api
from squid_mesh.lifecycle import StepStatus, WaitingFor
from squid_mesh.models import StepRun
from squid_mesh.store.clock import database_time
from tests.host import steps, workflows
from tests.host.runs import fast_forward, run_until_idle
from tests.sites import Request, Site, reply

TOKEN = "tok_9f8e7d6c5b4a3210fedc"
PATH = "/hooks/hook-secret-0a1b2c3d4e5f"
SECRETS = (TOKEN, PATH, "hook-secret", steps.API_KEY)


@pytest.fixture(autouse=True)
def this_machine_is_allowed() -> Iterator[None]:
    with override_settings(SQUID_MESH={"HTTP": {"ALLOWED_HOSTS": ["127.0.0.1"]}}):
        yield


def started(site: Site) -> UUID:
    """Start a run that calls the site, and execute what is due."""
    run = api.start_run(workflows.Calls, {"shop_url": site.url(PATH), "token": TOKEN})
    run_until_idle()
    return run.id


def step_of(run: UUID) -> api.StepSnapshot:
    return api.inspect_run(run, history=True).step("call")


def test_a_success_is_the_steps_result() -> None:
    with Site(lambda request: reply(201)) as site:
        run = started(site)
        assert step_of(run).output == {"answered": 201}
        (request,) = site.requests
    assert request.headers["idempotency-key"] == f"{run}:call:1"
    assert request.headers["authorization"] == f"Bearer {steps.API_KEY}"
    assert request.target == f"{PATH}?api_key={TOKEN}"
    assert json.loads(request.body) == {"card": {"token": TOKEN}, "note": "ordinary"}


def test_one_attempt_is_one_call() -> None:
    with Site(lambda request: reply(503)) as site:
        run = started(site)
        assert len(site.requests) == 1
        fast_forward(run)
        run_until_idle()
        assert len(site.requests) == 2
    assert len(step_of(run).attempts) == 2
    assert len({request.headers["idempotency-key"] for request in site.requests}) == 1


def test_retry_after_sets_the_time_of_the_next_attempt() -> None:
    with Site(lambda request: reply(429, Retry_After="7")) as site:
        run = started(site)
    row = StepRun.objects.get(run_id=run)
    assert (row.status, row.waiting_for) == (StepStatus.WAITING, WaitingFor.RETRY)
    assert row.due_at is not None
    assert 3 < (row.due_at - database_time("default")).total_seconds() <= 7
    error = step_of(run).attempts[0].error
    assert error is not None
    assert error["details"]["status"] == 429


def test_without_retry_after_the_steps_backoff_applies() -> None:
    with Site(lambda request: reply(500)) as site:
        run = started(site)
    row = StepRun.objects.get(run_id=run)
    assert row.due_at is not None
    assert 50 < (row.due_at - database_time("default")).total_seconds() <= 60


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
def test_a_client_error_fails_the_step_at_once(status: int) -> None:
    with Site(lambda request: reply(status)) as site:
        run = started(site)
        assert len(site.requests) == 1
    assert step_of(run).status is StepStatus.FAILED


@override_settings(SQUID_MESH={})
def test_a_private_address_is_blocked_before_anything_is_sent() -> None:
    with Site() as site:
        run = started(site)
        assert site.is_untouched()
    step = step_of(run)
    assert step.status is StepStatus.FAILED
    assert step.error is not None
    assert step.error["details"]["kind"] == "blocked"


def answers(request: Request) -> list[bytes]:
    """Responses that repeat the request."""
    echo = f"{request.target} {request.headers} {request.body!r}".encode()
    return [
        reply(500, echo),
        reply(404, echo, X_Echo=request.target),
        reply(302, echo, Location=f"http://127.0.0.1:1{request.target}"),
        b"garbage " + echo,
    ]


@pytest.mark.parametrize("which", range(4))
def test_no_secret_appears_anywhere(which: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with Site(lambda request: answers(request)[which]) as site:
        run = started(site)
        assert site.requests
    shown = {
        "rows": rows(),
        "logs": caplog.text,
        "api": api.inspect_run(run, history=True).model_dump_json(),
        "pages": pages(run),
        "command": command(),
    }
    for place, text in shown.items():
        for secret in SECRETS:
            assert secret not in text, f"{secret} appears in the {place}"
    assert "127.0.0.1" in shown["api"]  # the called host is shown


def rows() -> str:
    """Return all columns of all rows of our models, except the payload."""
    given = {("run", "payload")}
    found: list[Any] = []
    for model in apps.get_app_config("squid_mesh").get_models():
        names = [
            field.attname
            for field in model._meta.concrete_fields
            if (model._meta.model_name, field.name) not in given
        ]
        found += model._default_manager.values_list(*names)
    return repr(found)


def pages(run: UUID) -> str:
    user = User.objects.create_superuser("root")
    client = Client()
    client.force_login(user)
    step = StepRun.objects.get(run_id=run)
    urls = [
        reverse("admin:squid_mesh_run_changelist"),
        reverse("admin:squid_mesh_run_change", args=[run]),
        reverse("admin:squid_mesh_steprun_changelist"),
        reverse("admin:squid_mesh_steprun_change", args=[step.pk]),
    ]
    return "".join(client.get(url).content.decode() for url in urls)


def command() -> str:
    out = StringIO()
    call_command("squid_mesh", "triggers", "--json", stdout=out)
    return out.getvalue()


def test_the_error_of_a_projects_tool_decides_whether_and_when_to_retry(plan: dict[str, Any]) -> None:
    plan["flaky"] = [
        steps.TillBusy("The till is busy.", kind="busy", retryable=True, delay=30, till=4),
        steps.TillBusy("The till is closed.", kind="closed", retryable=False),
    ]
    run = api.start_run(workflows.Retries)
    run_until_idle()
    row = StepRun.objects.get(run_id=run.id, name="flaky")
    assert row.due_at is not None
    assert 25 < (row.due_at - database_time("default")).total_seconds() <= 30
    assert row.error["code"] == "till_busy"
    assert row.error["details"] == {"kind": "busy", "till": 4}
    fast_forward(run.id)
    run_until_idle()
    row.refresh_from_db()
    assert (row.status, row.failures) == (StepStatus.FAILED, 2)
