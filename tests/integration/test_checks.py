"""The system checks, each found by its id."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.core import checks
from django.db import connection
from django.test import override_settings

from squid_mesh import DefinitionError, Workflow, api, approval, escalate, fail, pause, step
from squid_mesh.checks import BROKER, check_cluster
from squid_mesh.definitions import registry
from squid_mesh.dispatch.broker import Broker
from squid_mesh.exceptions import InvalidSettings, WorkflowNotFound
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


def test_a_broker_that_is_misspelt_is_named_with_the_right_one() -> None:
    for typo in ("squid_mesh.dispatch.broker.Brokr", "squid_mesh.dispatch.brokers.Broker"):
        with override_settings(Q_CLUSTER={"name": "x", "broker_class": typo}):
            (warning,) = [m for m in check_cluster(None) if m.id == "squid_mesh.W001"]
        assert (
            f'"broker_class" is {typo!r}, which can\'t be imported (did you mean {BROKER!r}?)' in warning.msg
        )
        assert BROKER in warning.hint
    with override_settings(Q_CLUSTER={"name": "x", "broker_class": "django_q.brokers.orm.ORM"}):
        (warning,) = [m for m in check_cluster(None) if m.id == "squid_mesh.W001"]
    assert "which is another broker" in warning.msg


@pytest.mark.django_db
def test_a_permission_or_a_group_that_does_not_exist_is_reported_with_a_similar_one() -> None:
    Group.objects.create(name="Finance")
    with registry.isolate():

        class Named(Workflow):
            review = approval(
                permission="auth.chnge_user",
                groups=["Finanse"],
                deadline=60,
                on_timeout=escalate(permission="crates.open", deadline=60, on_timeout="rejected"),
            )
            known = pause(permission="auth.change_user", groups=["Finance"])
            flow = [review >> known, review.on("rejected") >> fail]

        static = [m for m in checks.run_checks(tags=["squid_mesh"]) if m.id == "squid_mesh.W004"]
        stored = checks.run_checks(tags=["database"], databases=["default"])
        found = [finding for finding in api.diagnose() if finding.code == "decider_unknown"]
    (misspelt,) = static
    assert "'auth.chnge_user', which doesn't exist (did you mean 'auth.change_user'?)" in misspelt.msg
    assert {m.id: m.msg for m in stored} == {
        "squid_mesh.W004": "Step review of workflow integration.Named asks people of the permission "
        "'crates.open', which doesn't exist.",
        "squid_mesh.W005": "Step review of workflow integration.Named asks people of the group 'Finanse', "
        "which doesn't exist (did you mean 'Finance'?).",
    }
    assert {finding.details["name"] for finding in found} == {"crates.open", "Finanse"}


@pytest.mark.django_db
def test_deciders_are_not_checked_before_the_tables_of_users_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(connection.introspection), "table_names", lambda self, **options: [])
    with registry.isolate():

        class Named(Workflow):
            review = pause(permission="crates.open", groups=["Nowhere"])

        assert checks.run_checks(tags=["database"], databases=["default"]) == []


@pytest.mark.django_db
def test_a_workflow_with_an_invalid_definition_says_so_when_it_is_started() -> None:
    with registry.isolate(), registry.collect_problems():

        class Wrong(Workflow):
            one = step(steps.act)
            two = step(steps.act)

        with pytest.raises(DefinitionError) as caught:
            api.start_run(Wrong.workflow_name)
        assert "its steps have no order" in caught.value.message
        with pytest.raises(WorkflowNotFound):
            api.start_run("integration.Wrnog")
        with pytest.raises(WorkflowNotFound):
            api.inspect_workflow(Wrong.workflow_name)


def test_wrong_settings_are_one_typed_error_and_one_message_each() -> None:
    wrong = {"LEASE": 5, "POLL_SECONDS": -1, "METRICS_TOKEN": "hunter2", "HTTP": {"USER_AGENT": ""}}
    with override_settings(SQUID_MESH=wrong):
        with pytest.raises(InvalidSettings) as caught:
            api.list_runs()
        messages = [m.msg for m in checks.run_checks(tags=["squid_mesh"]) if m.id == "squid_mesh.E001"]
    assert caught.value.code == "invalid_settings"
    named = {problem["setting"] for problem in caught.value.details["problems"]}
    assert named == {"LEASE", "POLL_SECONDS", "METRICS_TOKEN", "HTTP.USER_AGENT"}
    assert len(messages) == 4
    assert "hunter2" not in str(caught.value.as_dict()) + str(messages)
