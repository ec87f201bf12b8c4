"""A real cluster whose processes use Django's pool of connections."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from django.db import connection

from squid_mesh.api import start_run
from squid_mesh.models import Attempt, Run
from tests.acceptance.flows import Fan, executions
from tests.acceptance.processes import Cluster, until

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="Django pools only there")

#: As tests/manage.py, and the leading process has used the database before it starts the others.
_MANAGE = """
import sys
import django
django.setup()
from django.db import connection
connection.ensure_connection()
connection.close()
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
"""


def test_the_processes_of_a_cluster_share_no_connection(
    process_environment: dict[str, str], tmp_path: Path
) -> None:
    ledger = tmp_path / "ledger"
    environment = process_environment | {"SQUID_MESH_TEST_POOL": "1"}
    for _ in range(20):
        start_run(Fan, {"ledger": str(ledger)})
    cluster = Cluster([sys.executable, "-c", _MANAGE], environment, tmp_path / "log")
    try:
        until(
            lambda: Run.objects.filter(status="completed").count() == 20,
            30,
            "the runs have finished",
            lambda: cluster.log,
        )
        assert cluster.stop() == 0
    finally:
        cluster.end()
    assert len(executions(ledger)) == 20 * 7
    assert Attempt.objects.filter(outcome="completed").count() == Attempt.objects.count() == 20 * 7
    assert "prepared statement" not in cluster.log
    assert "Error" not in cluster.log
