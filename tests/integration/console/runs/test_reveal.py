"""The page that reveals the secrets of a run."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from squid_mesh.models import AuditEvent
from tests.host import workflows
from tests.host.runs import driven, events
from tests.integration.console.html import page, refused

VIEW, UNMASK = "squid_mesh.view_run", "squid_mesh.unmask_run"


@pytest.fixture
def run_id() -> UUID:
    return driven(workflows.Secret, {"token": "tok-123"})


def url(run_id: UUID) -> str:
    return f"/admin/squid_mesh/run/{run_id}/reveal/"


def test_the_page_shows_the_secrets_and_is_never_cached(run_id: UUID, staff: Any) -> None:
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


def test_the_page_requires_a_post(run_id: UUID, staff: Any) -> None:
    assert staff(VIEW, UNMASK).get(url(run_id)).status_code == 405
    assert "secrets_revealed" not in events(run_id)


def test_without_the_permission_there_is_no_form_and_a_post_is_rejected(run_id: UUID, staff: Any) -> None:
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


def test_an_unknown_run_is_not_found(staff: Any) -> None:
    assert staff(VIEW, UNMASK).post(url(UUID(int=7)), {"reason": "x"}).status_code == 404
