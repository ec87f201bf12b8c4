"""A run that another transaction holds doesn't stop workers from claiming others."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from django.db import connection, connections, transaction

from squid_mesh import api
from squid_mesh.models import Run
from tests.host import misbehaving as code
from tests.host.runs import run_until_idle

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="needs locks and isolation")


@pytest.fixture(autouse=True)
def clean(transactional_db: None) -> Iterator[None]:
    code.SEEN.clear()
    code.PLAN.clear()
    yield
    connection.close()


def test_a_locked_run_does_not_delay_the_others() -> None:
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
