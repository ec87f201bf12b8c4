"""Revealing the secrets of a run through the api."""

from __future__ import annotations

from uuid import UUID

import pytest
from asgiref.sync import async_to_sync

from squid_mesh import api
from squid_mesh.exceptions import InvalidArgument, NotPermitted, RunNotFound
from squid_mesh.models import AuditEvent
from tests.host import workflows
from tests.host.people import person
from tests.host.runs import driven, events, seen

VIEW, UNMASK = "squid_mesh.view_run", "squid_mesh.unmask_run"


@pytest.fixture
def run_id() -> UUID:
    return driven(workflows.Secret, {"token": "tok-123"})


def url(run_id: UUID) -> str:
    return f"/admin/squid_mesh/run/{run_id}/reveal/"


def test_a_revealed_run_has_its_secrets_and_its_history(run_id: UUID) -> None:
    run = api.reveal_run(run_id, actor=person("ada", UNMASK), reason="a customer asks")
    assert run.payload["token"] == run.state["token"] == "tok-123"
    assert run.step("card").output == {"owner": "squid", "number": "4000-1234"}
    last = run.events[-1]
    assert (last.type, last.actor, last.comment) == ("secrets_revealed", "ada", "a customer asks")
    assert seen(run_id).payload["token"] != "tok-123"


def test_without_the_permission_nothing_is_revealed_or_recorded(run_id: UUID) -> None:
    with pytest.raises(NotPermitted) as caught:
        api.reveal_run(run_id, actor=person("eve", VIEW), reason="curious")
    assert caught.value.details == {"action": "unmask_run", "permission": UNMASK}
    assert "secrets_revealed" not in events(run_id)


def test_revealing_requires_a_reason_and_an_existing_run(run_id: UUID) -> None:
    with pytest.raises(InvalidArgument):
        api.reveal_run(run_id, actor=None, reason=" ")
    with pytest.raises(RunNotFound):
        api.reveal_run(UUID(int=7), actor=None, reason="why not")
    assert not AuditEvent.objects.filter(type="secrets_revealed").exists()


def test_revealing_has_an_async_twin(run_id: UUID) -> None:
    run = async_to_sync(api.areveal_run)(run_id, actor="the host", reason="an export")
    assert run.payload["token"] == "tok-123"
