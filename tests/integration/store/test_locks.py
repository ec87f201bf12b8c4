"""Starts whose key is freed by pruning at that moment: each returns a run, and none raises a deadlock."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from squid_mesh import api
from squid_mesh.exceptions import SquidMeshError
from squid_mesh.models import AuditEvent, Run, StepRun
from tests.host import workflows
from tests.host.concurrency import run_concurrently

SECONDS = 4.0

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not connection.features.has_select_for_update, reason="one writer at a time"),
]


def repeated(act: Callable[[int], Any]) -> Callable[[], int]:
    """Call it repeatedly for a while; return how often."""

    def again() -> int:
        until = time.monotonic() + SECONDS
        for number in itertools.count():
            if time.monotonic() > until:
                return number
            act(number)
        raise AssertionError

    return again


def start_and_end(number: int) -> None:
    """Start a run with one of three keys and cancel it, unless another thread has cancelled or pruned it."""
    run = api.start_run(workflows.Chain, idempotency_key=f"k{number % 3}")
    try:
        api.cancel_run(run.id)
    except SquidMeshError as error:
        assert error.code in ("illegal_action", "run_not_found")  # noqa: PT017 - another thread was faster


def prune(number: int) -> None:
    api.prune_runs(older_than=timedelta(0))


def test_starts_and_pruning_at_the_same_time_raise_no_deadlock() -> None:
    api.start_run(workflows.Chain)  # its definition stays
    done = run_concurrently(*[repeated(start_and_end)] * 4, *[repeated(prune)] * 2)
    assert [type(one) for one in done] == [int] * 6, done
    assert min(done) > 0
    assert not StepRun.objects.exclude(run__in=Run.objects.all()).exists()
    assert not AuditEvent.objects.exclude(run__in=Run.objects.all()).exists()
