"""The stream of a run's changes: under WSGI, under ASGI, reconnecting, and its end."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.auth.models import User
from django.test import AsyncClient, AsyncRequestFactory
from rest_framework.test import force_authenticate

from squid_mesh import api
from squid_mesh.rest.views import changes
from squid_mesh.testing import drain
from tests.host import people, workflows
from tests.host.broken_runs import expire_leases
from tests.host.runs import claim, driven, settled
from tests.integration.rest.conftest import REST

leave_connections = changes.leave_connections


@pytest.fixture(autouse=True)
def closed(monkeypatch: Any) -> list[None]:
    """Keep the test's connection, which is in a transaction; return how often it would have been left."""
    calls: list[None] = []
    monkeypatch.setattr(changes, "leave_connections", lambda: calls.append(None))
    return calls


def read(text: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the id and the data of each event of a stream."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if fields.get("event") == "change":
            found.append((fields["id"], json.loads(fields["data"])))
    return found


def poll(client: Any, run_id: UUID, last: str = "") -> Any:
    headers = {"Accept": "text/event-stream", **({"Last-Event-ID": last} if last else {})}
    return client.get(f"{REST}runs/{run_id}/changes/", headers=headers)


def test_under_wsgi_a_request_is_answered_at_once_and_the_client_polls(viewer: Any) -> None:
    run_id = driven(people.Holds)
    response = poll(viewer, run_id)
    assert response["Content-Type"] == "text/event-stream"
    assert (response["Cache-Control"], response["X-Accel-Buffering"]) == ("no-cache, no-store", "no")
    text = response.content.decode()
    assert text.startswith("retry: 2000\n\n")
    ((last, data),) = read(text)
    assert data["run"]["status"] == "paused"
    assert [event["type"] for event in data["events"]] == ["run_started", "paused"]
    assert read(poll(viewer, run_id, last).content.decode()) == []
    api.comment_run(run_id, "Look.")
    ((_, data),) = read(poll(viewer, run_id, last).content.decode())
    assert [event["comment"] for event in data["events"]] == ["Look."]


def test_a_client_that_knows_the_end_is_asked_not_to_reconnect(viewer: Any) -> None:
    run_id = driven(workflows.Chain)
    ((last, data),) = read(poll(viewer, run_id).content.decode())
    assert data["run"]["status"] == "completed"
    assert poll(viewer, run_id, last).status_code == 204


@pytest.mark.parametrize("last", ["x", "-", "7", "99999999999-x", "٣-x", "-5-x"])
def test_an_id_that_is_not_ours_gets_the_whole_state(last: str, viewer: Any) -> None:
    run_id = driven(people.Holds)
    assert len(read(poll(viewer, run_id, last.encode().decode("latin-1")).content.decode())) == 1


def test_a_missing_run_is_not_found_and_the_error_is_json(viewer: Any) -> None:
    response = poll(viewer, uuid4())
    assert (response.status_code, response.json()["code"]) == (404, "run_not_found")


def test_each_move_of_a_step_is_a_change() -> None:
    run_id = api.start_run(workflows.Retries).id
    versions = [api.read_run_version(run_id)]

    def note() -> None:
        versions.append(api.read_run_version(run_id))

    held = claim(run_id)
    note()
    expire_leases(run_id)
    api.recover_steps()
    note()
    held = claim(run_id)
    note()
    settled(held)
    note()
    assert len(set(versions)) == 5
    assert api.read_run_version(run_id) == versions[-1]


def prune(run_id: UUID) -> None:
    api.cancel_run(run_id)
    assert api.prune_runs(older_than=timedelta(0)).runs == 1


class Stage:
    """A run that changes while a stream sleeps; the time is what the sleeps add up to."""

    def __init__(self, *acts: Callable[[], object]) -> None:
        self.acts = list(acts)
        self.time = 0.0

    async def sleep(self, seconds: float) -> None:
        self.time += seconds
        if self.acts:
            await sync_to_async(self.acts.pop(0))()

    def follow(self, run_id: UUID) -> list[str]:
        message, known, _ = changes.find_change(run_id, "")

        async def collect() -> list[str]:
            stream = changes.follow(run_id, message, known, sleep=self.sleep, now=lambda: self.time)
            return [part async for part in stream]

        return async_to_sync(collect)()


def test_a_stream_has_each_change_and_ends_when_the_run_has_finished() -> None:
    run_id = driven(people.Holds)
    stage = Stage(
        lambda: None,
        lambda: api.comment_run(run_id, "Look."),
        lambda: None,
        lambda: (api.unblock_run(run_id), drain()),
        lambda: pytest.fail("the run has finished"),
    )
    found = read("".join(stage.follow(run_id)))
    assert [data["run"]["status"] for _, data in found] == ["paused", "paused", "completed"]
    assert [event["comment"] for event in found[1][1]["events"]] == ["Look."]
    assert found[2][1]["events"][-1]["type"] == "run_completed"
    assert stage.time == 4


def test_a_stream_without_changes_shows_signs_of_life_and_ends_after_a_minute(closed: list[None]) -> None:
    run_id = driven(people.Holds)
    stage = Stage()
    parts = stage.follow(run_id)
    assert parts[1:] == [": waiting\n\n"] * 4
    assert stage.time == changes.DURATION == 60
    assert len(closed) == 60


def test_a_stream_ends_when_the_run_is_pruned() -> None:
    run_id = driven(people.Holds)
    stage = Stage(lambda: api.cancel_run(run_id), lambda: pytest.fail("the run has finished"))
    stage.acts[0] = lambda: prune(run_id)
    assert len(stage.follow(run_id)) == 1
    assert stage.time == 1


def test_under_asgi_the_answer_is_a_stream() -> None:
    run_id = driven(people.Holds)
    user = User.objects.create_superuser("chief")
    request = AsyncRequestFactory().get("/", headers={"Accept": "text/event-stream"})
    force_authenticate(request, user)
    response = changes.ChangesView.as_view()(request, run_id=run_id)
    assert response.status_code == 200
    assert response.is_async
    assert response["Content-Type"] == "text/event-stream"
    request = AsyncRequestFactory().head("/", headers={"Accept": "text/event-stream"})
    force_authenticate(request, user)
    assert not changes.ChangesView.as_view()(request, run_id=run_id).streaming

    async def first() -> str:
        stream = aiter(response.streaming_content)
        part = await anext(stream)
        await stream.aclose()
        return part.decode()

    assert len(read(async_to_sync(first)())) == 1


def test_a_browser_follows_a_run_through_the_whole_asgi_stack() -> None:
    run_id = driven(people.Holds)
    user = User.objects.create_superuser("chief")

    async def follow() -> tuple[int, str]:
        client = AsyncClient()
        await client.aforce_login(user)
        response = await client.get(f"{REST}runs/{run_id}/changes/", headers={"Accept": "text/event-stream"})
        stream = aiter(response.streaming_content)
        part = await anext(stream)
        await stream.aclose()
        return response.status_code, part.decode()

    status, text = async_to_sync(follow)()
    assert status == 200
    assert read(text)[0][1]["run"]["id"] == str(run_id)


def test_a_poll_takes_few_queries(viewer: Any, django_assert_max_num_queries: Any) -> None:
    run_id = driven(people.Holds)
    ((last, _),) = read(poll(viewer, run_id).content.decode())
    with django_assert_max_num_queries(7):
        poll(viewer, run_id, last)


def test_a_look_keeps_no_connection_that_the_host_would_keep(monkeypatch: Any) -> None:
    left: list[str] = []

    def connect(name: str, **state: Any) -> Any:
        return SimpleNamespace(close=lambda: left.append(name), **{"in_atomic_block": False, **state})

    persistent = connect("persistent", close_at=None)
    known = SimpleNamespace(all=lambda **_: [persistent, connect("of a test", in_atomic_block=True)])
    monkeypatch.setattr(changes, "connections", known)
    leave_connections()
    assert left == ["persistent"]
