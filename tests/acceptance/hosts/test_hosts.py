"""Every part of the package works in host projects with unusual settings."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from tests.acceptance.hosts.databases import NAMES

_ROOT = Path(__file__).parents[3]
_SECONDS = 120

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def host_databases(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Create as many empty databases as the parameter says; yield their names with commas between them."""
    count = request.param
    if connection.vendor == "sqlite":
        yield ",".join(str(tmp_path / f"host{n}.sqlite3") for n in range(count))
        return
    names = [f"{connection.settings_dict['NAME']}_host{n}" for n in range(count)]
    for name in names:
        _execute(f"DROP DATABASE IF EXISTS {connection.ops.quote_name(name)}")
        _execute(f"CREATE DATABASE {connection.ops.quote_name(name)}")
    try:
        yield ",".join(names)
    finally:
        for name in names:
            force = " WITH (FORCE)" if connection.vendor == "postgresql" else ""
            _execute(f"DROP DATABASE {connection.ops.quote_name(name)}{force}")


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    ("settings", "host_databases"),
    [("apart_settings", 2), ("abroad_settings", 1)],
    indirect=["host_databases"],
)
def test_a_host_uses_every_part_from_migrate_to_prune(
    settings: str, host_databases: str, tmp_path: Path
) -> None:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": f"tests.acceptance.hosts.{settings}",
        NAMES: host_databases,
        "SQUID_MESH_HOST_LEDGER": str(tmp_path / "ledger"),
    }
    environment.pop("SQUID_MESH_TEST_DATABASE_NAME", None)
    journey = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.acceptance.hosts.journey"],
        cwd=_ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert journey.returncode == 0, f"{journey.stdout}\n{journey.stderr}"
