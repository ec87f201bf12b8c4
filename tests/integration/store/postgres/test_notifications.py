"""Listening for notifications."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection, connections

from squid_mesh import api
from squid_mesh.store.postgres.notifications import NotificationListener
from tests.host import workflows


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL notifies")
def test_a_start_in_another_connection_wakes_the_listener() -> None:
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
    def fail(self: Any) -> None:
        raise OSError("connection lost")

    monkeypatch.setattr(NotificationListener, "_listen", fail)
    assert NotificationListener("default").wait(0.01) is False
    assert "polling until it works again" in caplog.text
