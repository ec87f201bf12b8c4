"""A step that leaves a transaction open doesn't affect its settle."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, connections, transaction

from squid_mesh import api
from squid_mesh.models import Run
from tests.host import misbehaving as code
from tests.host.runs import run_until_idle


@pytest.fixture(autouse=True)
def clean(transactional_db: None) -> Iterator[None]:
    code.SEEN.clear()
    code.PLAN.clear()
    yield
    if connection.in_atomic_block:
        connection.in_atomic_block = False
        connection.savepoint_ids = []
    connection.close()


def elsewhere(run_id: Any) -> str:
    """The run's status as another connection sees it."""
    found: list[str] = []

    def read_rows() -> None:
        found.append(Run.objects.get(pk=run_id).status)
        connections.close_all()

    thread = threading.Thread(target=read_rows)
    thread.start()
    thread.join()
    return found[0]


def test_a_step_that_leaves_a_transaction_open_still_settles() -> None:
    code.PLAN["leave"] = lambda: transaction.atomic().__enter__()
    run_id = api.start_run(code.Leaves).id
    run_until_idle()
    assert elsewhere(run_id) in ("completed", "failed")


def test_a_step_that_leaves_autocommit_off_still_settles() -> None:
    code.PLAN["leave"] = lambda: transaction.set_autocommit(False)
    run_id = api.start_run(code.Leaves).id
    run_until_idle()
    assert elsewhere(run_id) in ("completed", "failed")


def test_a_timeout_inside_a_transaction_still_settles() -> None:
    for _ in range(20):
        code.SEEN.clear()
        run_id = api.start_run(code.Interrupted).id
        run_until_idle()
        assert not connection.in_atomic_block
        assert connection.get_autocommit()
        assert elsewhere(run_id) == "failed"
        assert code.SEEN == ["began"]
