"""The system checks, each found by its id."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.core import checks
from django.db import connection
from django.test import override_settings

from squid_mesh import Workflow, step
from squid_mesh.checks import BROKER, check_cluster
from squid_mesh.definitions import registry
from squid_mesh.dispatch.broker import Broker
from tests.host import steps


class Derived(Broker):
    """A broker of the host's, on top of ours."""


def found() -> set[str]:
    return {message.id or "" for message in checks.run_checks(tags=["squid_mesh"])}


def test_the_settings_of_the_tests_pass_all_checks() -> None:
    assert found() == set()


def test_no_check_of_django_warns_of_our_models_on_this_database() -> None:
    ours = {model for model in apps.get_models() if model._meta.app_label == "squid_mesh"}
    messages = checks.run_checks(databases=["default"])
    assert [message for message in messages if getattr(message, "obj", None) in ours] == []


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"SQUID_MESH": {"LEASE": 5}}, "squid_mesh.E001"),
        (
            {"INSTALLED_APPS": ["squid_mesh", "django.contrib.auth", "django.contrib.contenttypes"]},
            "squid_mesh.E002",
        ),
        ({"USE_TZ": False}, "squid_mesh.E003"),
        ({"Q_CLUSTER": {"name": "x"}}, "squid_mesh.W001"),
        ({"Q_CLUSTER": {"name": "x", "broker_class": BROKER}}, "squid_mesh.E005"),
    ],
)
def test_a_wrong_setting_has_a_message_with_its_id(settings: dict[str, Any], expected: str) -> None:
    from squid_mesh import checks as own

    with pytest.MonkeyPatch.context() as patched:
        from django.conf import settings as live

        for name, value in settings.items():
            patched.setattr(live, name, value)
        ids = [m.id for check in (own.check_settings, own.check_cluster) for m in check(None)]
    assert expected in ids


@pytest.mark.parametrize("value", [1e300, float("nan"), float("inf"), -1, "soon", None, 10**400])
@pytest.mark.parametrize(
    "name",
    ["LEASE_SECONDS", "SLICE_SECONDS", "POLL_SECONDS", "CODE_RECHECK_SECONDS", "TIMEOUT_GRACE_SECONDS"],
)
def test_a_duration_that_no_clock_can_count_is_reported(name: str, value: Any) -> None:
    with override_settings(SQUID_MESH={name: value}):
        messages = [m for m in checks.run_checks(tags=["squid_mesh"]) if m.id == "squid_mesh.E001"]
    assert [name in message.msg for message in messages] == [True]


def test_an_alternative_cluster_executes_workflows() -> None:
    clusters = {"name": "x", "ALT_CLUSTERS": {"flows": {"broker_class": BROKER}}}
    with override_settings(Q_CLUSTER=clusters):
        assert "squid_mesh.W001" not in found()


def test_an_invalid_workflow_has_a_message_with_its_file() -> None:
    with registry.isolate(), registry.collect_problems():

        class Wrong(Workflow):
            one = step(steps.act)
            two = step(steps.act)

        messages = [m for m in checks.run_checks(tags=["squid_mesh"]) if m.id == "squid_mesh.E004"]
    assert messages
    assert "test_checks.py" in messages[0].msg


def test_a_database_that_slows_clusters_down_has_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    sqlite = connection.vendor == "sqlite"
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", {})
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)
    assert found() == {"squid_mesh.W002" if sqlite else "squid_mesh.W003"}


@override_settings(Q_CLUSTER={"broker_class": "tests.integration.test_checks.Derived", "orm": "default"})
def test_a_subclass_of_the_broker_executes_workflows() -> None:
    assert "squid_mesh.W001" not in {message.id for message in checks.run_checks(tags=["squid_mesh"])}


@override_settings(Q_CLUSTER={"broker_class": "no.such.Broker", "orm": "default"})
def test_a_broker_that_cannot_be_imported_executes_no_workflows() -> None:
    assert "squid_mesh.W001" in {message.id for message in checks.run_checks(tags=["squid_mesh"])}


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="needs psycopg")
def test_an_isolation_level_that_misses_joins_has_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    psycopg = pytest.importorskip("psycopg")
    monkeypatch.setitem(
        connection.settings_dict["OPTIONS"], "isolation_level", psycopg.IsolationLevel.REPEATABLE_READ
    )
    assert "squid_mesh.E007" in [message.id for message in check_cluster(None)]
