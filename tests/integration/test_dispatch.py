"""The broker, the bell, the delivery and the system checks."""

from __future__ import annotations

import pickle
import threading
import time
from typing import Any

import pytest
from django.core import checks
from django.db import OperationalError, connection, connections
from django.test import override_settings
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from squid_mesh import Workflow, api, step
from squid_mesh.checks import BROKER
from squid_mesh.definitions import registry
from squid_mesh.dispatch import delivery
from squid_mesh.dispatch.broker import Broker
from squid_mesh.store.backend import backend_of
from squid_mesh.store.orm.backend import PollingListener
from squid_mesh.store.postgres.notifications import NotificationListener
from squid_mesh.store.values import DueWork
from squid_mesh.testing import run_until_idle
from tests.host import steps, workflows
from tests.host.runs import claim, seen

Plan = dict[str, Any]


class Silent:
    """A bell that never rings, and remembers how long it was waited for."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        return False


class Derived(Broker):
    """A broker of the host's, on top of ours."""


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Broker:
    monkeypatch.setattr(delivery, "_begun", None)
    made = Broker("tests")
    assert made.ping()
    made._listener = Silent()
    return made


def test_due_steps_become_deliveries(broker: Broker) -> None:
    api.start_run(workflows.Single)
    found = broker.dequeue()
    assert found is not None
    ((key, package),) = found
    task = SignedPackage.loads(package)
    assert (task["func"], task["save"]) == (delivery.PATH, False)
    assert key == f"squid_mesh:{task['id']}"


def test_where_nothing_is_due_nothing_is_delivered(broker: Broker) -> None:
    assert not broker.dequeue()
    assert broker._listener.waits


def test_a_step_that_is_due_later_is_not_delivered_now(broker: Broker) -> None:
    api.start_run(workflows.Sleeps)
    run_until_idle()
    assert not broker.dequeue()


def test_there_are_never_more_deliveries_than_free_workers(broker: Broker) -> None:
    for _ in range(5):
        api.start_run(workflows.Single)
    assert len(broker.dequeue() or []) == 2
    assert not broker.dequeue()
    delivery.deliver()
    for _ in range(3):
        api.start_run(workflows.Single)
    assert len(broker.dequeue() or []) == 1


def test_deliveries_that_no_worker_began_are_made_again(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        api.start_run(workflows.Single)
    assert len(broker.dequeue() or []) == 2
    broker._last_sent -= 60
    assert len(broker.dequeue() or []) == 2


def test_a_host_task_is_delivered_once_and_acknowledged(broker: Broker) -> None:
    key = broker.enqueue("signed")
    OrmQ.objects.update(lock="2020-01-01T00:00:00Z")
    assert broker.dequeue() == [(key, "signed")]
    assert not broker.dequeue()
    broker.acknowledge(key)
    assert not OrmQ.objects.exists()


def test_acknowledging_a_delivery_of_ours_touches_no_row(
    broker: Broker, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        broker.acknowledge("squid_mesh:abc")
        broker.delete("squid_mesh:abc")
    key = broker.enqueue("signed")
    broker.delete(key)
    assert not OrmQ.objects.exists()


def test_a_broker_outlives_a_database_error(
    broker: Broker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from squid_mesh.dispatch import broker as module

    def gone(*_: Any) -> int:
        raise OperationalError("gone")

    monkeypatch.setattr(type(backend_of("default")), "find_due_work", gone)
    monkeypatch.setattr(module.time, "sleep", lambda seconds: None)
    assert broker.dequeue() is None
    assert "Looking for due work failed" in caplog.text


def test_a_broker_survives_pickling(broker: Broker) -> None:
    copy = pickle.loads(pickle.dumps(broker))
    assert (copy.list_key, copy._sent) == ("tests", 0)
    assert "Squid Mesh" in copy.info()


def test_a_lost_lease_is_due_too() -> None:
    from datetime import UTC, datetime

    from squid_mesh.models import StepRun

    claim(api.start_run(workflows.Single).id)
    assert not backend_of("default").find_due_work(5).expired
    StepRun.objects.update(lease_until=datetime(2020, 1, 1, tzinfo=UTC))
    assert backend_of("default").find_due_work(5) == DueWork(steps=0, expired=True, next_in=None)


def test_a_delivery_runs_what_is_due(calls: list[str]) -> None:
    api.start_run(workflows.Chain)
    assert delivery.deliver() == 3
    assert calls == ["one", "two", "three"]


def test_a_delivery_never_raises_for_the_database(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def gone() -> int:
        raise OperationalError("gone")

    monkeypatch.setattr(delivery, "recover_lost_steps", gone)
    assert delivery.deliver(lost=True) == 0
    assert "lost the database" in caplog.text


def test_a_polling_listener_never_waits_longer_than_the_poll() -> None:
    began = time.monotonic()
    with override_settings(SQUID_MESH={"POLL_SECONDS": 0.01}):
        assert PollingListener().wait(30) is False
    assert time.monotonic() - began < 5


def test_a_database_without_notifications_is_polled() -> None:
    kind = NotificationListener if connection.vendor == "postgresql" else PollingListener
    assert isinstance(backend_of("default").open_listener(), kind)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="only PostgreSQL notifies")
def test_a_start_elsewhere_rings_the_listener() -> None:
    listening = NotificationListener("default")
    assert listening.wait(0) is True
    try:
        assert listening.wait(0.01) is False

        def elsewhere() -> None:
            api.start_run(workflows.Single)
            connections.close_all()

        thread = threading.Thread(target=elsewhere)
        thread.start()
        assert listening.wait(20) is True
        thread.join()
    finally:
        listening._connection.close()


def test_a_listener_that_lost_its_connection_polls(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def gone(self: Any) -> None:
        raise OSError("gone")

    monkeypatch.setattr(NotificationListener, "_listen", gone)
    assert NotificationListener("default").wait(0.01) is False
    assert "polling until it works again" in caplog.text


def found() -> set[str]:
    return {message.id or "" for message in checks.run_checks(tags=["squid_mesh"])}


def test_the_tests_own_settings_have_nothing_to_check() -> None:
    assert found() == set()


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
def test_a_wrong_setting_is_told_by_its_id(settings: dict[str, Any], expected: str) -> None:
    from squid_mesh import checks as own

    with pytest.MonkeyPatch.context() as patched:
        from django.conf import settings as live

        for name, value in settings.items():
            patched.setattr(live, name, value)
        ids = [m.id for check in (own.check_settings, own.check_cluster) for m in check(None)]
    assert expected in ids


def test_an_alternative_cluster_executes_workflows() -> None:
    clusters = {"name": "x", "ALT_CLUSTERS": {"flows": {"broker_class": BROKER}}}
    with override_settings(Q_CLUSTER=clusters):
        assert "squid_mesh.W001" not in found()


def test_a_broken_workflow_is_told_with_its_place() -> None:
    with registry.isolate(), registry.collect_problems():

        class Wrong(Workflow):
            one = step(steps.act)
            two = step(steps.act)

        messages = [m for m in checks.run_checks(tags=["squid_mesh"]) if m.id == "squid_mesh.E004"]
    assert messages
    assert "test_dispatch.py" in messages[0].msg


def test_a_database_that_slows_clusters_down_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    sqlite = connection.vendor == "sqlite"
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", {})
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)
    assert found() == {"squid_mesh.W002" if sqlite else "squid_mesh.W003"}


def test_a_run_started_by_a_step_is_worked_on_too(plan: Plan) -> None:
    children: list[Any] = []
    plan["one"] = lambda ctx: children.append(api.start_run(workflows.Single).id)
    api.start_run(workflows.Chain)
    run_until_idle()
    assert seen(children[0]).status == "completed"


def test_a_pusher_that_took_over_sends_no_more_than_there_are_workers(broker: Broker) -> None:
    assert broker._begun is not None
    broker._begun.value = 5000
    for _ in range(5):
        api.start_run(workflows.Single)
    assert len(broker.dequeue() or []) == 2
    assert not broker.dequeue()


@override_settings(Q_CLUSTER={"broker_class": "tests.integration.test_dispatch.Derived", "orm": "default"})
def test_a_broker_derived_from_ours_executes_workflows() -> None:
    assert "squid_mesh.W001" not in {message.id for message in checks.run_checks(tags=["squid_mesh"])}


@override_settings(Q_CLUSTER={"broker_class": "no.such.Broker", "orm": "default"})
def test_a_broker_that_is_not_there_executes_nothing() -> None:
    assert "squid_mesh.W001" in {message.id for message in checks.run_checks(tags=["squid_mesh"])}
