"""Clusters and health over REST."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client, override_settings
from django.utils import timezone

from squid_mesh import api
from squid_mesh.models import Cluster
from tests.integration.rest.conftest import REST

TOKEN = "a-token-for-probes"
WITH_TOKEN = {"Authorization": f"Bearer {TOKEN}"}


def make_cluster(seconds: float = 0, **options: Any) -> None:
    now = timezone.now()
    Cluster.objects.create(
        name="c",
        host="h",
        pid=1,
        workers=2,
        version="1",
        started_at=now,
        seen_at=now - timedelta(seconds=seconds),
        **options,
    )


@pytest.fixture
def probe(client: Client) -> Any:
    with override_settings(SQUID_MESH={"METRICS_TOKEN": TOKEN}):
        yield lambda name: client.get(f"{REST}health/{name}/", headers=WITH_TOKEN)


def test_clusters_are_listed(viewer: Any) -> None:
    make_cluster()
    found = viewer.get(f"{REST}clusters/").json()["results"]
    assert found == [one.model_dump(mode="json") for one in api.list_clusters()]


def test_a_probe_with_the_token_needs_no_user_and_for_liveness_no_database(
    probe: Any, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        response = probe("live")
    assert (response.status_code, response.json()) == (200, {"live": True})


def test_a_working_cluster_makes_the_installation_ready(probe: Any) -> None:
    make_cluster()
    assert (probe("ready").status_code, probe("ready").json()) == (200, {"ready": True, "problems": []})


@pytest.mark.parametrize(
    ("seconds", "options", "problem"),
    [
        (3600, {}, "No cluster is running."),
        (0, {"unstarted_since": timezone.now()}, "No cluster starts steps."),
    ],
)
def test_without_a_working_cluster_it_is_not_ready(
    seconds: float, options: Any, problem: str, probe: Any
) -> None:
    make_cluster(seconds, **options)
    response = probe("ready")
    assert (response.status_code, response.json()) == (503, {"ready": False, "problems": [problem]})


def test_without_its_database_it_is_not_ready_and_says_no_more(probe: Any) -> None:
    def fail(*args: Any) -> None:
        raise OperationalError("postgres://app:hunter2@db is away")

    with connection.execute_wrapper(fail):
        response = probe("ready")
    assert (response.status_code, response.json()["problems"]) == (503, ["The database doesn't answer."])


@pytest.mark.parametrize("name", ["live", "ready"])
def test_a_wrong_token_or_none_is_401(name: str, client: Client) -> None:
    address = f"{REST}health/{name}/"
    assert client.get(address, headers=WITH_TOKEN).status_code == 401  # the setting has no token
    with override_settings(SQUID_MESH={"METRICS_TOKEN": TOKEN}):
        for given in ("", f"Bearer {TOKEN}x", f"Token {TOKEN}", "Bearer"):
            assert client.get(address, headers={"Authorization": given}).status_code == 401
        assert client.get(f"{REST}runs/", headers=WITH_TOKEN).status_code == 401


def test_a_user_who_may_view_runs_sees_the_health(viewer: Any, sign_in: Any) -> None:
    assert viewer.get(f"{REST}health/live/").status_code == 200
    assert sign_in(name="eve").get(f"{REST}health/live/").status_code == 403
