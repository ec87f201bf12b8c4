"""Which database the tests run on, as Django's ``DATABASES`` wants it: all of it from the environment.

==============================  ==================================================================
``SQUID_MESH_TEST_DB``          ``sqlite`` (default), ``postgres`` or ``mariadb``
``SQUID_MESH_TEST_POSTGRES``    URL of a PostgreSQL server; without it the tests start one themselves
``SQUID_MESH_TEST_MARIADB``     URL of a MariaDB server, as ``mysql://root@127.0.0.1:3306/squid_mesh``
``SQUID_MESH_TEST_POOL``        anything: PostgreSQL through Django's pool of connections
``SQUID_MESH_TEST_FOLDER``      this session's folder; set by ``tests.plugin``
``SQUID_MESH_TEST_DATABASE_NAME``  the exact database to open; set for subprocesses of a test
==============================  ==================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

SQLITE: Final = "sqlite"
POSTGRES: Final = "postgres"
MARIADB: Final = "mariadb"

#: What lets several processes write to one SQLite file without "database is locked".
SQLITE_OPTIONS: Final = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
}


def kind(environ: Mapping[str, str]) -> str:
    """The kind of database that the environment asks for."""
    return environ.get("SQUID_MESH_TEST_DB") or SQLITE


def database(environ: Mapping[str, str]) -> dict[str, Any]:
    """The entry of ``DATABASES`` for the environment.

    Raises:
        ImproperlyConfigured: an unknown kind, or a server kind without its URL.
    """
    match kind(environ):
        case "sqlite":
            settings = _sqlite(environ.get("SQUID_MESH_TEST_FOLDER"))
        case "postgres":
            settings = _postgres(_url(environ, "SQUID_MESH_TEST_POSTGRES"))
        case "mariadb":
            settings = _mariadb(_url(environ, "SQUID_MESH_TEST_MARIADB"))
        case other:
            raise ImproperlyConfigured(
                f"SQUID_MESH_TEST_DB is {other!r}; use {SQLITE}, {POSTGRES} or {MARIADB}."
            )
    if exact := environ.get("SQUID_MESH_TEST_DATABASE_NAME"):
        settings["NAME"] = exact
    if environ.get("SQUID_MESH_TEST_POOL"):
        return settings | {"CONN_MAX_AGE": 0, "OPTIONS": {"pool": True}}
    return settings | {"CONN_MAX_AGE": None}


def server(url: str) -> dict[str, Any]:
    """``NAME``, ``USER``, ``PASSWORD``, ``HOST`` and ``PORT`` of ``scheme://user:password@host:port/name``.

    A ``host`` in the query (a folder with a Unix socket) wins over the one in the middle.
    """
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    return {
        "NAME": unquote(parts.path.lstrip("/")) or "squid_mesh",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host") or unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
    }


def _url(environ: Mapping[str, str], variable: str) -> str:
    if url := environ.get(variable):
        return url
    raise ImproperlyConfigured(f"{variable} names no server. Outside of pytest none is started.")


def _sqlite(folder: str | None) -> dict[str, Any]:
    # A file, not memory: threads and subprocesses open it too.
    test = {"NAME": str(Path(folder) / "tests.sqlite3")} if folder else {}
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": ":memory:",
        "OPTIONS": dict(SQLITE_OPTIONS),
        "TEST": test,
    }


def _postgres(url: str) -> dict[str, Any]:
    return {"ENGINE": "django.db.backends.postgresql", **server(url)}


def _mariadb(url: str) -> dict[str, Any]:
    import pymysql

    pymysql.install_as_MySQLdb()
    return {
        "ENGINE": "django.db.backends.mysql",
        "OPTIONS": {"charset": "utf8mb4"},
        "TEST": {"CHARSET": "utf8mb4"},
        **server(url),
    }
