"""All connections to the database end at random moments, while workers execute steps."""

from __future__ import annotations

import random
import time
from collections import Counter
from pathlib import Path

import pytest
from django.db import DatabaseError, connection

from squid_mesh.api import start_run
from squid_mesh.models import Attempt, Run, StepRun
from tests.acceptance.flows import Fan, Slow, executions
from tests.acceptance.processes import Cluster, until

pytestmark = pytest.mark.skipif(connection.vendor == "sqlite", reason="needs a server")

SLOW, FANS, SECONDS = 6, 20, 6
STEPS = SLOW * 4 + FANS * 7
OTHERS = {
    "postgresql": "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND backend_type = 'client backend'",
    "mysql": "SELECT id FROM information_schema.processlist WHERE db = database() AND id <> connection_id()",
}
END = {"postgresql": "SELECT pg_terminate_backend(%s)", "mysql": "KILL %s"}


def end_other_sessions() -> None:
    """End every session of this test's database but this one."""
    with connection.cursor() as cursor:
        cursor.execute(OTHERS[connection.vendor])
        for (session,) in cursor.fetchall():
            try:
                cursor.execute(END[connection.vendor], [session])
            except DatabaseError:  # it has ended meanwhile
                continue


def test_no_step_runs_twice_and_no_crash_is_counted_when_connections_end_at_random_moments(
    manage_command: tuple[str, ...], process_environment: dict[str, str], tmp_path: Path, seed: int
) -> None:
    chance, ledger = random.Random(seed), tmp_path / "ledger"
    for _ in range(SLOW):
        start_run(Slow, {"ledger": str(ledger), "seconds": 0.2})
    for _ in range(FANS):
        start_run(Fan, {"ledger": str(ledger)})
    cluster = Cluster(manage_command, process_environment, tmp_path / "cluster.log")
    try:
        until(lambda: executions(ledger), 30, "steps are executed", lambda: cluster.log)
        until_then = time.monotonic() + SECONDS
        while time.monotonic() < until_then:
            end_other_sessions()
            time.sleep(chance.uniform(0.05, 1.0))
        until(
            lambda: not Run.objects.exclude(status="completed").exists(),
            60,
            "all runs are completed",
            lambda: cluster.log,
        )
        assert cluster.stop() == 0
    finally:
        cluster.end()
    ran = Counter((run, step) for run, step, _ in executions(ledger))
    assert len(ran) == STEPS
    assert set(ran.values()) == {1}, [key for key, times in ran.items() if times > 1]
    assert Attempt.objects.filter(outcome="completed", number=1).count() == Attempt.objects.count() == STEPS
    assert set(StepRun.objects.values_list("crashes", flat=True)) == {0}
