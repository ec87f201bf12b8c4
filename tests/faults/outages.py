"""Outages of the database during a campaign: a PostgreSQL server restarts, or SQLite's file is locked."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.db import connection, connections

from tests.faults.campaign_settings import LOCK_TIMEOUT
from tests.faults.replication import Server, own_server

_MANAGE = str(Path(__file__).parents[1] / "manage.py")


class Restarts:
    """A PostgreSQL server of the test's own. ``variables`` lead other processes to it."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.variables = {
            "SQUID_MESH_TEST_POSTGRES": f"postgresql://postgres@127.0.0.1:{server.port}/mesh",
            "SQUID_MESH_TEST_DATABASE_NAME": "mesh",
        }

    @contextmanager
    def outage(self) -> Iterator[None]:
        """Crash the server; start it again after the body."""
        connections.close_all()
        self._server.stop()
        yield
        self._server.start()


class Locks:
    """SQLite's file. Other processes wait for it for a moment only, and get an error."""

    def __init__(self, path: str) -> None:
        self._path = path
        self.variables = {LOCK_TIMEOUT: "0.3"}

    @contextmanager
    def outage(self) -> Iterator[None]:
        """Hold the lock of the file during the body."""
        with closing(sqlite3.connect(self._path, isolation_level=None, timeout=20)) as holder:
            holder.execute("BEGIN EXCLUSIVE")
            yield
            holder.execute("ROLLBACK")


@contextmanager
def fragile_database() -> Iterator[Restarts | Locks]:
    """Let this process use a database in the body that the test can make unavailable."""
    if connection.vendor == "sqlite":
        yield Locks(str(connection.settings_dict["NAME"]))
        return
    folder = Path(tempfile.mkdtemp(prefix="outage", dir=os.environ["SQUID_MESH_TEST_FOLDER"]))
    with own_server(folder) as server:
        server.execute("CREATE DATABASE mesh")
        restarts = Restarts(server)
        _migrate(restarts.variables)
        there = {"NAME": "mesh", "USER": "postgres", "HOST": "127.0.0.1", "PORT": str(server.port)}
        with _other_settings(there | {"PASSWORD": ""}):
            yield restarts


@contextmanager
def _other_settings(other: Mapping[str, Any]) -> Iterator[None]:
    """Let the connections of this process lead elsewhere in the body."""
    settings: dict[str, Any] = connection.settings_dict
    before = {key: settings[key] for key in other}
    connections.close_all()
    settings |= other
    try:
        yield
    finally:
        connections.close_all()
        settings |= before


def _migrate(variables: Mapping[str, str]) -> None:
    subprocess.run(
        [sys.executable, _MANAGE, "migrate", "--verbosity", "0"],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings", **variables},
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=True,
    )
