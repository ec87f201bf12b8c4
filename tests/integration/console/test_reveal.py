"""Seeing the secrets of a run: for whoever may, with a reason, and not without a trace."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from squid_mesh import api
from squid_mesh.exceptions import InvalidArgument, NotPermitted, RunNotFound
from squid_mesh.models import AuditEvent
from tests.host import workflows
from tests.host.people import person
from tests.host.runs import driven, events, seen
from tests.integration.console.html import page, refused

VIEW, UNMASK = "squid_mesh.view_run", "squid_mesh.unmask_run"


@pytest.fixture
def run_id() -> UUID:
    return driven(workflows.Secret, {"token": "tok-123"})


def url(run_id: UUID) -> str:
    return f"/admin/squid_mesh/run/{run_id}/reveal/"


def test_all_of_a_run_is_given_with_its_history(run_id: UUID) -> None:
    run = api.reveal_run(run_id, actor=person("ada", UNMASK), reason="a customer asks")
    assert run.payload["token"] == run.state["token"] == "tok-123"
    assert run.step("card").output == {"owner": "squid", "number": "4000-1234"}
    last = run.events[-1]
    assert (last.type, last.actor, last.comment) == ("secrets_revealed", "ada", "a customer asks")
    assert seen(run_id).payload["token"] != "tok-123"


def test_it_is_refused_without_the_permission_and_leaves_nothing(run_id: UUID) -> None:
    with pytest.raises(NotPermitted) as caught:
        api.reveal_run(run_id, actor=person("eve", VIEW), reason="curious")
    assert caught.value.details == {"action": "unmask_run", "permission": UNMASK}
    assert "secrets_revealed" not in events(run_id)


def test_it_needs_a_reason_and_a_run(run_id: UUID) -> None:
    with pytest.raises(InvalidArgument):
        api.reveal_run(run_id, actor=None, reason=" ")
    with pytest.raises(RunNotFound):
        api.reveal_run(UUID(int=7), actor=None, reason="why not")
    assert not AuditEvent.objects.filter(type="secrets_revealed").exists()


def test_it_has_an_async_twin(run_id: UUID) -> None:
    run = async_to_sync(api.areveal_run)(run_id, actor="the host", reason="an export")
    assert run.payload["token"] == "tok-123"


def test_the_page_shows_all_is_never_kept_and_says_so(run_id: UUID, staff: Any) -> None:
    client = staff(VIEW, UNMASK)
    assert f'action="{url(run_id)}"' in page(client, url(run_id).replace("reveal", "change"))
    response = client.post(url(run_id), {"reason": "a customer asks"})
    shown = response.content.decode()
    assert response.status_code == 200
    assert "tok-123" in shown
    assert "4000-1234" in shown
    assert "no-store" in response["Cache-Control"]
    assert "This page shows secrets." in shown
    assert refused(response) == []
    event = AuditEvent.objects.get(type="secrets_revealed")
    assert (event.actor_text, event.comment) == ("ada", "a customer asks")


def test_the_page_is_had_by_a_post_alone(run_id: UUID, staff: Any) -> None:
    assert staff(VIEW, UNMASK).get(url(run_id)).status_code == 405
    assert "secrets_revealed" not in events(run_id)


def test_without_the_permission_there_is_no_form_and_a_post_by_hand_is_refused(
    run_id: UUID, staff: Any
) -> None:
    client = staff(VIEW)
    assert url(run_id) not in page(client, url(run_id).replace("reveal", "change"))
    response = client.post(url(run_id), {"reason": "curious"})
    assert response.status_code == 403
    assert "tok-123" not in response.content.decode()
    assert staff(UNMASK, name="bob").post(url(run_id), {"reason": "x"}).status_code == 403
    assert Client().post(url(run_id), {"reason": "x"}).status_code == 302
    assert "secrets_revealed" not in events(run_id)


def test_without_a_reason_the_page_shows_nothing(run_id: UUID, staff: Any) -> None:
    response = staff(VIEW, UNMASK).post(url(run_id), {"reason": ""})
    assert response.status_code == 302
    assert "secrets_revealed" not in events(run_id)


def test_a_run_that_is_not_there_is_not_found(staff: Any) -> None:
    assert staff(VIEW, UNMASK).post(url(UUID(int=7)), {"reason": "x"}).status_code == 404
