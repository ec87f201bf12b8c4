"""A slice of a worker's time: the lease is renewed for as long as the worker needs its step."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.test import override_settings

from squid_mesh.engine.settle.execution import Execution, settle_and_claim_next
from squid_mesh.engine.worker import lease, slice
from squid_mesh.store.values import Claim
from tests.host import workflows
from tests.host.runs import driven, seen


def test_the_lease_is_renewed_while_a_step_is_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    renewed = threading.Event()
    seen_renewal: list[bool] = []

    class Watched(lease.LeaseRenewal):
        def _renew(self, held: Any) -> None:
            renewed.set()

    def settle_slowly(execution: Execution) -> Claim | None:
        seen_renewal.append(renewed.wait(10))
        return settle_and_claim_next(execution)

    monkeypatch.setattr(slice, "LEASE_RENEWAL", Watched())
    monkeypatch.setattr(slice, "settle_and_claim_next", settle_slowly)
    with override_settings(SQUID_MESH={"LEASE_SECONDS": 0.6}):
        run = seen(driven(workflows.Single))
    assert seen_renewal == [True]
    assert run.status == "completed"
