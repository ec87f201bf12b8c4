"""``DATABASE_URL`` read into what Django's ``DATABASES`` setting wants."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_SERVERS = {
    "postgres": "django.db.backends.postgresql",
    "postgresql": "django.db.backends.postgresql",
    "mysql": "django.db.backends.mysql",
    "mariadb": "django.db.backends.mysql",
}

#: With these, several workers share one SQLite file without "database is locked": a transaction
#: takes its lock when it begins, and waits for it; readers never wait for the writer.
SAFE_SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
}


def database(url: str) -> dict[str, Any]:
    """One entry of ``DATABASES`` for ``scheme://user:password@host:port/name?option=value``.

    The schemes are ``sqlite`` (``sqlite:////absolute/path`` or ``sqlite:///relative/path``),
    ``postgres(ql)``, and ``mysql`` or ``mariadb``. What stands after ``?`` goes to the driver.

    Raises:
        ImproperlyConfigured: an unknown scheme, or no database named.
    """
    parts = urlsplit(url)
    scheme, name = parts.scheme.lower(), unquote(parts.path[1:])
    if scheme != "sqlite" and scheme not in _SERVERS:
        raise ImproperlyConfigured(
            f"DATABASE_URL has the scheme {scheme!r}; use sqlite, postgres, postgresql, mysql or mariadb."
        )
    if not name:
        raise ImproperlyConfigured(f"DATABASE_URL names no database: write {scheme}://…/NAME.")
    if scheme == "sqlite":
        return _persistent("django.db.backends.sqlite3", name, SAFE_SQLITE_OPTIONS)

    engine = _SERVERS[scheme]
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    if engine.endswith("mysql"):
        _use_pymysql_if_alone()
        options = {"charset": "utf8mb4"} | options
    return _persistent(engine, name, options) | {
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
    }


def _persistent(engine: str, name: str, options: dict[str, Any]) -> dict[str, Any]:
    """Connections that stay open: a worker that reconnects for every task is half as fast."""
    return {"ENGINE": engine, "NAME": name, "OPTIONS": options, "CONN_MAX_AGE": None}


def _use_pymysql_if_alone() -> None:
    """Let the pure-Python driver stand in where ``mysqlclient`` isn't installed."""
    if find_spec("MySQLdb") is None:
        try:
            import pymysql
        except ImportError as error:
            raise ImproperlyConfigured("MariaDB and MySQL need mysqlclient or PyMySQL installed.") from error
        pymysql.install_as_MySQLdb()
