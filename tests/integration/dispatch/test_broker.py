"""The broker delivers due steps and the host's own tasks."""

from __future__ import annotations

import pickle
from time import monotonic
from typing import Any

import pytest
from django.db import OperationalError
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.signing import SignedPackage
from django_q.tasks import async_task

from squid_mesh import api
from squid_mesh.dispatch import delivery
from squid_mesh.dispatch.broker import _CLAIMING_WAIT, Broker
from squid_mesh.dispatch.pulse import Event
from squid_mesh.store import missing
from squid_mesh.store.backend import backend_of
from squid_mesh.store.values import DueWork, MissingCode
from tests.host import workflows
from tests.host.runs import claim, run_until_idle

Plan = dict[str, Any]


class Silent:
    """A listener that gets no notification, and keeps how long each wait was to be."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        return False


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Broker:
    monkeypatch.setattr(delivery, "_pulse", None)
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


def test_nothing_is_delivered_while_nothing_is_due(broker: Broker) -> None:
    assert not broker.dequeue()
    assert broker._listener.waits


@pytest.mark.parametrize("left", [True, False])
def test_notifications_wake_it_less_often_while_it_leaves_steps_to_others(
    left: bool, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("squid_mesh.dispatch.broker.time.sleep", slept.append)
    code = MissingCode(definition="f" * 64, step="one", path="shop.steps:gone")
    missing.remember(code, until=monotonic() + 60, left=left, now=monotonic())
    assert not broker.dequeue()
    assert len(slept) == left
    assert all(0.05 < seconds <= 0.1 for seconds in slept)


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


def test_a_step_that_a_worker_is_about_to_claim_is_not_delivered_again(broker: Broker) -> None:
    api.start_run(workflows.Single)
    assert len(broker.dequeue() or []) == 1
    assert not broker.dequeue()
    delivery._record(Event.STARTED)
    assert not broker.dequeue()
    assert broker._listener.waits == [_CLAIMING_WAIT] * 2
    api.start_run(workflows.Single)
    assert len(broker.dequeue() or []) == 1


def test_a_step_whose_delivery_found_no_worker_in_time_is_delivered_again(broker: Broker) -> None:
    api.start_run(workflows.Single)
    assert len(broker.dequeue() or []) == 1
    delivery._record(Event.STARTED)
    delivery._record(Event.LOOKED)
    assert not broker.dequeue()  # it has just sent all that was due
    assert len(broker.dequeue() or []) == 1


def test_deliveries_come_before_the_projects_tasks(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    api.start_run(workflows.Single)
    async_task("math.sqrt", 4)
    broker._read_host_tasks_at = monotonic()
    ((first, _),) = broker.dequeue() or []
    assert isinstance(first, str)
    ((second, _),) = broker.dequeue() or []
    assert not isinstance(second, str)
    api.start_run(workflows.Single)
    broker._read_host_tasks_at = monotonic() - Conf.POLL
    async_task("math.sqrt", 4)
    assert len(broker.dequeue() or []) == 2


def test_deliveries_that_no_worker_started_are_made_again(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        api.start_run(workflows.Single)
    assert len(broker.dequeue() or []) == 2
    broker._last_sent -= 60
    assert not broker.dequeue()  # it has just sent all that was due
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

    def fail(*_: Any) -> int:
        raise OperationalError("connection lost")

    monkeypatch.setattr(type(backend_of("default")), "find_due_work", fail)
    monkeypatch.setattr(module.time, "sleep", lambda seconds: None)
    assert broker.dequeue() is None
    assert "Reading due work failed" in caplog.text


def test_a_broker_survives_pickling(broker: Broker) -> None:
    copy = pickle.loads(pickle.dumps(broker))
    assert (copy.list_key, copy._sent) == ("tests", 0)
    assert "Squid Mesh" in copy.info()


def test_an_expired_lease_is_due_work() -> None:
    from datetime import UTC, datetime

    from squid_mesh.models import StepRun

    claim(api.start_run(workflows.Single).id)
    assert not backend_of("default").find_due_work(5).expired
    StepRun.objects.update(lease_until=datetime(2020, 1, 1, tzinfo=UTC))
    assert backend_of("default").find_due_work(5) == DueWork(steps=0, expired=True, next_in=None)


def test_a_new_pusher_delivers_at_most_one_step_per_worker(broker: Broker) -> None:
    assert broker._pulse is not None
    broker._pulse.started = 5000
    for _ in range(5):
        api.start_run(workflows.Single)
    assert len(broker.dequeue() or []) == 2
    assert not broker.dequeue()
