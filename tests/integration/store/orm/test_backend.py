"""The ORM backend polls."""

from __future__ import annotations

import time

from django.db import connection
from django.test import override_settings

from squid_mesh.store.backend import backend_of
from squid_mesh.store.orm.backend import PollingListener
from squid_mesh.store.postgres.notifications import NotificationListener


def test_a_polling_listener_waits_at_most_poll_seconds() -> None:
    began = time.monotonic()
    with override_settings(SQUID_MESH={"POLL_SECONDS": 0.01}):
        assert PollingListener().wait(30) is False
    assert time.monotonic() - began < 5


def test_a_database_without_notifications_is_polled() -> None:
    kind = NotificationListener if connection.vendor == "postgresql" else PollingListener
    assert isinstance(backend_of("default").open_listener(), kind)
