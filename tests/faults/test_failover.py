"""A PostgreSQL standby takes over while workers execute steps: no result is lost, and no step runs twice.

Replication is synchronous, so what a worker knows to be committed survives. With asynchronous replication a
failover can lose the last commits; the steps of these commits then run again.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection

from tests.acceptance.flows import executions
from tests.acceptance.processes import Cluster, until
from tests.faults.proxy import Proxy
from tests.faults.replication import Server, replicated_servers

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="replicates PostgreSQL")

SLOW, FANS = 8, 8
STEPS = SLOW * 4 + FANS * 7
_MANAGE = str(Path(__file__).parents[1] / "manage.py")


@dataclass(frozen=True)
class Installation:
    """A database with a standby behind a proxy, and the environment of processes that use it."""

    primary: Server
    standby: Server
    proxy: Proxy
    environment: dict[str, str]
    ledger: Path

    def run(self, *command: str) -> str:
        """Run a Python program of the project, and return its output."""
        done = subprocess.run(
            [sys.executable, *command],
            env=self.environment,
            cwd=Path(__file__).parents[2],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def wait_for_all_runs(self, cluster: Cluster) -> None:
        """Wait until the standby, which took over, has completed all runs."""
        left = "SELECT count(*) FROM squid_mesh_run WHERE status <> 'completed'"
        until(
            lambda: self.standby.execute(left, "mesh") == [(0,)],
            60,
            "all runs are completed",
            lambda: cluster.log,
        )

    def start_runs(self, slow: int, fans: int) -> str:
        """Start runs in a process of their own."""
        return self.run("-m", "tests.faults.starter", str(self.ledger), str(slow), str(fans))


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    folder = Path(tempfile.mkdtemp(prefix="failover", dir=os.environ["SQUID_MESH_TEST_FOLDER"]))
    with replicated_servers(folder) as (primary, standby), Proxy(primary.port) as proxy:
        primary.execute("CREATE DATABASE mesh")
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "SQUID_MESH_TEST_POSTGRES": f"postgresql://postgres@127.0.0.1:{proxy.port}/mesh",
        }
        environment.pop("SQUID_MESH_TEST_DATABASE_NAME", None)
        found = Installation(primary, standby, proxy, environment, tmp_path / "ledger")
        found.run(_MANAGE, "migrate", "--verbosity", "0")
        yield found


def fail_over_from_a_crashed_primary(found: Installation) -> str:
    """Crash the primary, and promote the standby. Return the error of a start meanwhile."""
    found.primary.stop()
    found.proxy.cut()
    refused = found.start_runs(SLOW, FANS + 1)
    time.sleep(1)  # until an operator, or the provider, has noticed
    found.standby.promote()
    return refused


def fail_over_from_a_primary_that_refuses_writes(found: Installation) -> str:
    """Make the primary read-only for a while, as providers do, with its connections open; then move.

    Return the error of a start meanwhile.
    """
    found.primary.execute("ALTER SYSTEM SET default_transaction_read_only = on")
    found.primary.execute("SELECT pg_reload_conf()")
    refused = found.start_runs(SLOW, FANS + 1)
    time.sleep(1)
    found.standby.promote()
    found.proxy.cut()
    return refused


def count_executions(found: Installation) -> Counter[tuple[UUID, str]]:
    """Return how often each step of each run was executed."""
    return Counter((run, step) for run, step, _ in executions(found.ledger))


@pytest.mark.parametrize(
    "fail_over", [fail_over_from_a_crashed_primary, fail_over_from_a_primary_that_refuses_writes]
)
def test_a_failover_loses_no_result_and_repeats_no_step(
    fail_over: Callable[[Installation], str], installation: Installation, seed: int, tmp_path: Path
) -> None:
    found, chance = installation, random.Random(seed)
    assert found.start_runs(SLOW, FANS) == ""
    cluster = Cluster([sys.executable, _MANAGE], found.environment, tmp_path / "cluster.log")
    try:
        wanted = chance.randrange(5, STEPS // 2)
        until(lambda: len(executions(found.ledger)) >= wanted, 60, "steps are executed", lambda: cluster.log)
        before = time.monotonic()
        refused = fail_over(found)
        found.proxy.move(found.standby.port)
        away = time.monotonic() - before
        found.wait_for_all_runs(cluster)
        assert cluster.stop() == 0
    finally:
        cluster.end()
    assert re.match("(Operational|Internal)Error: ", refused), refused
    assert found.standby.execute("SELECT count(*) FROM squid_mesh_run", "mesh") == [(SLOW + FANS,)]
    ran = count_executions(found)
    assert len(ran) == STEPS
    assert set(ran.values()) == {1}, [key for key, times in ran.items() if times > 1]
    outcomes = "SELECT outcome, number, count(*) FROM squid_mesh_attempt GROUP BY 1, 2"
    assert found.standby.execute(outcomes, "mesh") == [("completed", 1, STEPS)]
    assert found.standby.execute("SELECT sum(crashes) FROM squid_mesh_steprun", "mesh") == [(0,)]
    workers = 2
    lines = re.findall(r"trying again on a new connection|A slice of work failed", cluster.log)
    assert len(lines) <= workers * (away + 5), cluster.log
    assert found.start_runs(SLOW, FANS) == ""  # the same keys: nothing new
    assert found.standby.execute("SELECT count(*) FROM squid_mesh_run", "mesh") == [(SLOW + FANS,)]


def test_a_failover_that_takes_longer_than_a_lease_repeats_steps(
    installation: Installation, tmp_path: Path
) -> None:
    """The negative control: the ledger shows a step that ran twice."""
    found = installation
    found.environment["SQUID_MESH_TEST_LEASE"] = "0.6"
    assert found.start_runs(SLOW, 0) == ""
    cluster = Cluster([sys.executable, _MANAGE], found.environment, tmp_path / "cluster.log")
    try:
        until(lambda: executions(found.ledger), 60, "steps are executed", lambda: cluster.log)
        fail_over_from_a_crashed_primary(found)
        found.proxy.move(found.standby.port)
        found.wait_for_all_runs(cluster)
        assert cluster.stop() == 0
    finally:
        cluster.end()
    assert max(count_executions(found).values()) > 1
