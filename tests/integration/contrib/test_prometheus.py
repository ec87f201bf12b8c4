"""The metrics, as Prometheus' own parser reads them."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import AnonymousUser, Permission, User
from django.core import checks
from django.test import RequestFactory, override_settings
from prometheus_client.parser import text_string_to_metric_families

from squid_mesh import api
from squid_mesh.contrib.prometheus import FiguresCollector, exposition, metrics
from squid_mesh.definitions.request import Request
from squid_mesh.engine.clock import triggers
from squid_mesh.inspection import metrics as metrics_module
from squid_mesh.models import Attempt, Cluster, StepRun, Trigger
from squid_mesh.store.clock import database_time
from tests.host import people, steps, workflows
from tests.host.held_runs import create_held_runs
from tests.host.runs import claim, driven
from tests.host.shell import shell

ASKED = Request(kind="approval")
TOKEN = "a-token-for-the-scraper"


def scraped() -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name.removeprefix("squid_mesh_"), frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(exposition())
        for sample in family.samples
    }


def value(name: str, **labels: str) -> float:
    return scraped()[name, frozenset(labels.items())]


def test_metrics_count_runs_and_steps_by_status() -> None:
    now = database_time("default")
    api.start_run(workflows.Single)
    late = api.start_run(workflows.Single)
    StepRun.objects.filter(run_id=late.id).update(due_at=now - timedelta(seconds=90))
    lost = api.start_run(workflows.Chain)
    claim(lost.id)
    StepRun.objects.filter(run_id=lost.id).update(lease_until=now - timedelta(seconds=1))
    running = api.start_run(workflows.Chain)
    claim(running.id)
    api.start_run(workflows.Single, start_at=now + timedelta(hours=1))
    create_held_runs(people.Reviews, "review", 2, request=ASKED)
    found = scraped()
    runs = {
        (dict(labels)["workflow"], dict(labels)["status"]): number
        for (name, labels), number in found.items()
        if name == "runs"
    }
    assert runs == {
        ("host.Single", "pending"): 3,
        ("host.Chain", "running"): 2,
        ("host.Reviews", "paused"): 2,
    }
    assert value("steps_due") == 2
    assert 90 <= value("oldest_due_step_age_seconds") < 150
    assert (value("steps_waiting"), value("steps_running"), value("steps_lost")) == (1, 1, 1)
    assert value("steps_held", waiting_for="approval") == 2
    assert value("runs_held") == 2


def test_a_metric_without_rows_is_zero_and_not_absent() -> None:
    for name in ("steps_due", "oldest_due_step_age_seconds", "runs_held", "clusters_alive", "workers_alive"):
        assert value(name) == 0


def test_only_clusters_that_are_alive_count() -> None:
    now = database_time("default")
    for seen_at in (now, now - timedelta(minutes=5)):
        Cluster.objects.create(
            name="c", host="h", pid=1, workers=3, version="1", started_at=now, seen_at=seen_at
        )
    assert (value("clusters_alive"), value("workers_alive")) == (1, 3)


def test_late_and_failing_triggers_are_reported_and_disabled_ones_are_not() -> None:
    triggers.sync_triggers()
    now = database_time("default")
    rows = Trigger.objects.filter(workflow="host.Clocked")
    rows.filter(name="every").update(next_time=now - timedelta(minutes=10))
    rows.filter(name="last").update(error="no such timezone")
    rows.filter(name="prompt").update(enabled=False)
    assert 600 <= value("trigger_late_seconds", workflow="host.Clocked", trigger="every") < 660
    assert value("trigger_late_seconds", workflow="host.Clocked", trigger="last") == 0
    assert value("trigger_failing", workflow="host.Clocked", trigger="last") == 1
    assert value("trigger_failing", workflow="host.Clocked", trigger="every") == 0
    assert not [labels for _, labels in scraped() if ("trigger", "prompt") in labels]


def test_only_attempts_and_runs_that_ended_lately_are_counted(plan: dict[str, Any]) -> None:
    plan["only"] = [steps.Broken("no"), None, None]
    driven(workflows.Single)
    driven(workflows.Single)
    old = driven(workflows.Chain)
    long_ago = database_time("default") - timedelta(minutes=6)
    Attempt.objects.filter(step__run_id=old).update(started_at=long_ago, ended_at=long_ago)
    single = {"workflow": "host.Single", "step": "only"}
    assert value("recent_attempts", **single, outcome="failed") == 1
    assert value("recent_attempts", **single, outcome="completed") == 1
    mean = value("recent_attempt_mean_seconds", **single, outcome="completed")
    assert 0 <= mean == value("recent_attempt_longest_seconds", **single, outcome="completed") < 60
    assert not [key for key in scraped() if key[0] == "recent_attempts" and ("step", "two") in key[1]]
    assert value("recent_runs_ended", workflow="host.Single", status="failed") == 1
    assert value("recent_runs_ended", workflow="host.Single", status="completed") == 1


def test_a_figure_that_stops_at_its_limit_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics_module, "MOST", 2)
    monkeypatch.setattr(metrics_module, "NEWEST", 2)
    create_held_runs(people.Reviews, "review", 2, request=ASKED)
    driven(workflows.Single)
    assert api.read_metrics().capped == set()
    create_held_runs(people.Reviews, "review", 1, request=ASKED)
    driven(workflows.Chain)
    capped = api.read_metrics().capped
    assert {"runs", "steps_held", "recent_attempts"} <= capped
    assert value("figure_capped", figure="steps_held") == 1
    assert value("figure_capped", figure="steps_due") == 0
    assert value("runs", workflow="host.Reviews", status="paused") == 2


def test_a_scrape_needs_the_same_queries_for_any_number_of_runs(django_assert_num_queries: Any) -> None:
    triggers.sync_triggers()
    for number in (1, 150):
        create_held_runs(people.Reviews, "review", number, request=ASKED)
        driven(workflows.Chain)
        with django_assert_num_queries(18):
            exposition()


def test_no_label_names_a_run() -> None:
    run_id = driven(workflows.Chain)
    assert str(run_id) not in exposition()


def test_registering_the_collector_queries_no_database(django_assert_num_queries: Any) -> None:
    from prometheus_client import CollectorRegistry

    with django_assert_num_queries(0):
        CollectorRegistry().register(FiguresCollector())


def asked(user: Any = None, method: str = "get", **headers: str) -> Any:
    request = getattr(RequestFactory(), method)("/metrics", headers=headers)
    request.user = user or AnonymousUser()
    return metrics(request)


class TestView:
    def test_other_users_cannot_read_metrics(self) -> None:
        staff = User.objects.create(username="staff", is_staff=True)
        permitted = User.objects.create(username="permitted")
        permitted.user_permissions.add(Permission.objects.get(codename="view_run"))
        for user in (None, staff, permitted):
            answer = asked(user)
            assert answer.status_code == 401
            assert b"squid_mesh_" not in answer.content
        assert asked(Authorization="Bearer None").status_code == 401
        assert asked(Authorization="Bearer ").status_code == 401

    def test_staff_who_may_view_runs_can_read_metrics(self) -> None:
        user = User.objects.create(username="ada", is_staff=True)
        user.user_permissions.add(Permission.objects.get(codename="view_run"))
        answer = asked(user)
        assert answer.status_code == 200
        assert answer["Content-Type"].startswith("text/plain; version=")
        assert "no-store" in answer["Cache-Control"]
        assert asked(user, "post").status_code == 405

    def test_a_scraper_with_the_token_can_read_metrics(self) -> None:
        with override_settings(SQUID_MESH={"METRICS_TOKEN": TOKEN}):
            assert asked(Authorization=f"Bearer {TOKEN}").status_code == 200
            assert asked(Authorization=f"Bearer {TOKEN}x").status_code == 401
            assert asked(Authorization=f"Basic {TOKEN}").status_code == 401

    def test_the_format_is_openmetrics_if_the_scraper_accepts_it(self) -> None:
        with override_settings(SQUID_MESH={"METRICS_TOKEN": TOKEN}):
            answer = asked(
                Authorization=f"Bearer {TOKEN}", Accept="application/openmetrics-text; version=1.0.0"
            )
        assert answer["Content-Type"].startswith("application/openmetrics-text")
        assert answer.content.endswith(b"# EOF\n")


class TestVerb:
    def test_it_prints_the_exposition(self) -> None:
        api.start_run(workflows.Single)
        said = shell("metrics")
        assert said.code == 0
        names = {family.name for family in text_string_to_metric_families(said.out)}
        assert {"squid_mesh_runs", "squid_mesh_steps_due", "squid_mesh_figure_capped"} <= names

    def test_without_the_extra_it_says_what_to_install_and_json_still_works(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "prometheus_client", None)
        refused = shell("metrics")
        assert refused.code == 1
        assert "pip install 'squid-mesh[prometheus]'" in refused.err
        assert json.loads(shell("metrics", "--json").out)["due"] == 0


@pytest.mark.parametrize(
    ("setting", "module"),
    [
        ({"OPENTELEMETRY": True}, "opentelemetry.trace"),
        ({"METRICS_TOKEN": TOKEN}, "prometheus_client"),
    ],
)
def test_an_extra_that_the_settings_name_must_be_installed(
    setting: dict[str, Any], module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found() -> list[str]:
        return [m.id for m in checks.run_checks(tags=["squid_mesh"]) if m.id == "squid_mesh.E008"]

    with override_settings(SQUID_MESH=setting):
        assert found() == []
        monkeypatch.setitem(sys.modules, module, None)
        assert found() == ["squid_mesh.E008"]


def test_the_async_twin_gives_the_same() -> None:
    assert async_to_sync(api.aread_metrics)().due == api.read_metrics().due
