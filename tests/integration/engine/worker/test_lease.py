"""Any number of threads of one process keep the leases of their steps."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from django.test import override_settings

from squid_mesh import api
from squid_mesh.engine.recovery import recover_lost_steps
from squid_mesh.engine.worker import lease, slice
from squid_mesh.engine.worker.lease import LEASE_RENEWAL
from squid_mesh.models import Attempt
from squid_mesh.store.clock import database_time
from tests.acceptance.processes import until
from tests.host import workflows
from tests.host.concurrency import run_concurrently
from tests.host.runs import row, seen

pytestmark = pytest.mark.django_db(transaction=True)
Plan = dict[str, Any]

#: Steps that threads of one process execute at once.
THREADS = 2
LEASE = 1.5


def test_no_step_of_several_threads_is_taken_back_while_it_runs(plan: Plan, calls: list[str]) -> None:
    runs = [api.start_run(workflows.Single).id for _ in range(THREADS)]
    running, may_end = threading.Barrier(THREADS + 1), threading.Event()

    def hold(ctx: Any) -> None:
        running.wait(30)
        may_end.wait(60)

    def outlasts(run_id: UUID, end: datetime) -> bool:
        held = row(run_id, "only").lease_until
        return held is not None and held > end

    def watch() -> int:
        """Return how many steps were taken back until each lease was renewed for three times its length."""
        taken = 0
        try:
            running.wait(30)
            end = database_time("default") + timedelta(seconds=3 * LEASE)
            deadline = time.monotonic() + 30
            while not taken and not all(outlasts(run_id, end) for run_id in runs):
                assert time.monotonic() < deadline, "not each lease is renewed"
                taken += recover_lost_steps()
                time.sleep(0.05)
            return taken
        finally:
            may_end.set()

    plan["only"] = hold
    connections.close_all()  # the smallest pool has one for each thread and one for the renewals
    with override_settings(SQUID_MESH={"LEASE_SECONDS": LEASE}):
        taken, *executed = run_concurrently(watch, *[lambda: api.execute_due(0.1)] * THREADS)
    until(lambda: LEASE_RENEWAL._connection is None, 10, "the thread has closed its connection")
    assert taken == 0
    assert executed == [1] * THREADS
    assert calls == ["only"] * THREADS
    assert [seen(run_id).status for run_id in runs] == ["completed"] * THREADS
    assert set(Attempt.objects.values_list("number", "outcome")) == {(1, "completed")}


def test_a_step_that_is_shorter_than_a_third_of_its_lease_is_not_renewed(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    renewed: list[float] = []

    def renew(step_id: int, token: UUID, seconds: float, using: str) -> bool:
        renewed.append(seconds)
        return True

    monkeypatch.setattr(lease, "renew_lease", renew)
    plan["one"] = lambda ctx: time.sleep(0.2)
    plan["two"] = lambda ctx: until(lambda: renewed, 10, "a longer one is")
    with override_settings(SQUID_MESH={"LEASE_SECONDS": 3}):
        api.start_run(workflows.Chain)
        slice.work_for(0.1)
        assert renewed == []
        api.execute_due(0.1)
    assert renewed
