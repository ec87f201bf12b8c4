"""What one transaction holds must not stop the others, nor hide what they wrote."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from django.db import connection, connections, transaction

from squid_mesh import api
from squid_mesh.models import Run
from squid_mesh.testing import run_until_idle
from tests.host.looking import claim, seen, settled
from tests.review import code

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="needs locks and isolation")


@pytest.fixture(autouse=True)
def clean(transactional_db: None) -> Iterator[None]:
    code.SEEN.clear()
    code.PLAN.clear()
    yield
    connection.close()


def test_one_held_run_does_not_hold_up_the_others() -> None:
    held = api.start_run(code.Joins).id
    other = api.start_run(code.Joins).id
    locked, release = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Run.objects.select_for_update().get(pk=held)
            locked.set()
            release.wait(10)
        connections.close_all()

    thread = threading.Thread(target=hold)
    thread.start()
    locked.wait(10)
    try:
        run_until_idle()
        found = Run.objects.get(pk=other).status
    finally:
        release.set()
        thread.join()
    assert found == "completed"


def test_a_join_is_not_lost_where_the_host_asks_for_repeatable_read(monkeypatch: pytest.MonkeyPatch) -> None:
    import psycopg

    monkeypatch.setitem(
        connection.settings_dict["OPTIONS"], "isolation_level", psycopg.IsolationLevel.REPEATABLE_READ
    )
    connection.close()
    run_id = api.start_run(code.Joins).id
    one, two = claim(run_id), claim(run_id)
    ready = threading.Event()

    def second() -> None:
        ready.wait(10)
        settled(two)
        connections.close_all()

    thread = threading.Thread(target=second)
    thread.start()
    with transaction.atomic():
        settled(one)
        ready.set()
        time.sleep(0.5)  # the other waits for the run's lock now
    thread.join()
    run_until_idle()
    assert seen(run_id).status == "completed"
