"""What a cluster uses if the project's settings don't say it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import override_settings
from django_q.conf import Conf

from squid_mesh.dispatch.defaults import (
    BROKER,
    complete_django_q,
    count_workers,
    prepare_cluster,
    prepare_connections,
)

KEYS = ("BROKER_CLASS", "ORM", "TIMEOUT", "RETRY", "WORKERS")


@pytest.fixture(autouse=True)
def unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Restore django-q2's configuration and the connection's settings afterwards."""
    for key in KEYS:
        monkeypatch.setattr(Conf, key, getattr(Conf, key))
    own = dict(connection.settings_dict)
    own["OPTIONS"] = dict(own.get("OPTIONS") or {})
    monkeypatch.setattr(connection, "settings_dict", own)


@pytest.fixture
def without_q_cluster() -> Iterator[None]:
    with override_settings():
        del settings.Q_CLUSTER
        yield


def test_without_q_cluster_our_broker_is_used(without_q_cluster: None) -> None:
    Conf.BROKER_CLASS = Conf.ORM = Conf.TIMEOUT = None
    complete_django_q()
    assert (Conf.BROKER_CLASS, Conf.ORM) == (BROKER, "default")
    assert 0 < Conf.TIMEOUT < Conf.RETRY


def test_with_q_cluster_nothing_is_changed() -> None:
    Conf.BROKER_CLASS = "other"
    complete_django_q()
    assert Conf.BROKER_CLASS == "other"


def test_a_cluster_uses_our_broker_whatever_the_project_uses() -> None:
    Conf.BROKER_CLASS, Conf.ORM = "django_q.brokers.redis_broker.Redis", None
    prepare_cluster(3)
    assert (Conf.BROKER_CLASS, Conf.ORM, Conf.WORKERS) == (BROKER, "default", 3)


def test_the_number_of_workers_comes_from_the_command_then_our_settings_then_django_q2s() -> None:
    assert count_workers() == 2
    with override_settings(SQUID_MESH={"WORKERS": 5}):
        assert count_workers() == 5
        assert count_workers(7) == 7


def prepared(options: dict[str, Any]) -> dict[str, Any]:
    connection.settings_dict["OPTIONS"] = options
    prepare_connections()
    return options


@pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite")
def test_sqlite_gets_the_options_that_the_project_has_not_set() -> None:
    options = prepared({"timeout": 3})
    assert (options["transaction_mode"], options["timeout"]) == ("IMMEDIATE", 3)
    assert "journal_mode=WAL" in options["init_command"]


@pytest.mark.skipif(connection.vendor == "sqlite", reason="about databases with servers")
def test_other_databases_keep_their_connections_unless_they_have_a_pool() -> None:
    connection.settings_dict["CONN_MAX_AGE"] = 0
    prepared({"pool": True})
    assert connection.settings_dict["CONN_MAX_AGE"] == 0
    prepared({})
    assert connection.settings_dict["CONN_MAX_AGE"] is None
