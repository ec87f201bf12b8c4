"""The database of the runs: whether it answers, has our tables, and suits several workers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from django.db import Error, connections
from django.db.migrations.executor import MigrationExecutor

from squid_mesh.inspection.doctor.finding import Finding, Site, error, warning
from squid_mesh.store.clock import database_time

_APP: Final = "squid_mesh"
#: How many seconds this machine's clock may differ from the database's.
_SKEW: Final = 5.0
#: How long a write must wait for another process on SQLite, at least.
_BUSY_MS: Final = 5000


def check_answer(site: Site) -> Iterator[Finding]:
    """Find that the database doesn't answer, or has a version that Django doesn't support."""
    try:
        _query(site, "SELECT 1")
    except Error as problem:
        yield error(
            "database_unreachable",
            f"Database {site.using!r} doesn't answer: {problem}".rstrip(". \n") + ".",
            f"Start it, or fix DATABASES[{site.using!r}].",
            alias=site.using,
        )


def check_migrations(site: Site) -> Iterator[Finding]:
    """Find our migrations that haven't been applied."""
    executor = MigrationExecutor(connections[site.using])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes(_APP))
    missing = [migration.name for migration, _ in plan if migration.app_label == _APP]
    if missing:
        yield error(
            "migrations_missing",
            f"Migrations haven't been applied to database {site.using!r}: {', '.join(missing)}.",
            f"Run manage.py migrate --database {site.using}.",
            migrations=missing,
        )


def check_clock(site: Site) -> Iterator[Finding]:
    """Find that this machine's clock is wrong. Runs follow the database's, but logs would mislead."""
    before = site.clock()
    theirs = database_time(site.using)
    ours = before + (site.clock() - before) / 2
    skew = (ours - theirs).total_seconds()
    if abs(skew) > _SKEW:
        way = "ahead of" if skew > 0 else "behind"
        yield warning(
            "clock_skew",
            f"This machine's clock is {abs(skew):.0f} s {way} the database's.",
            "Synchronise the clocks of both machines with NTP.",
            seconds=round(skew, 1),
        )


def check_sqlite(site: Site) -> Iterator[Finding]:
    """Find settings of SQLite with which readers block writers, or writers give up early."""
    if connections[site.using].vendor != "sqlite":
        return
    mode, busy = _query(site, "PRAGMA journal_mode"), int(_query(site, "PRAGMA busy_timeout"))
    if mode not in ("wal", "memory"):
        yield warning(
            "sqlite_journal",
            f"SQLite's journal mode is {mode}, so readers block writers.",
            'Add "init_command": "PRAGMA journal_mode=WAL;" to that database\'s OPTIONS.',
            journal_mode=mode,
        )
    if busy < _BUSY_MS:
        yield warning(
            "sqlite_busy_timeout",
            f'A write gives up after {busy / 1000:g} s with "database is locked".',
            'Set "timeout": 20 in that database\'s OPTIONS.',
            seconds=busy / 1000,
        )


def check_pooler(site: Site) -> Iterator[Finding]:
    """Find a pooler: a different server process answers than the one that accepted the connection."""
    if not _is_postgres(site):
        return
    accepted_by = connections[site.using].connection.info.backend_pid
    if accepted_by != _query(site, "SELECT pg_backend_pid()"):
        yield warning(
            "connection_pooler",
            f"Database {site.using!r} is reached through a pooler: unless it pools by session, clusters are"
            " not notified and check for work only once a second.",
            "Connect clusters directly, or pool by session; otherwise set DISABLE_SERVER_SIDE_CURSORS.",
        )


def check_durability(site: Site) -> Iterator[Finding]:
    """Find a database that may lose committed data in a crash: steps would then run twice."""
    if _is_postgres(site):
        name, lax = "synchronous_commit", _query(site, "SHOW synchronous_commit") == "off"
    elif connections[site.using].vendor == "sqlite":
        name, lax = "synchronous", int(_query(site, "PRAGMA synchronous")) == 0
    else:
        return
    if lax:
        yield warning(
            "not_durable",
            f"{name} is off: after a crash of the database, completed steps may run again.",
            f"Turn on {name} for database {site.using!r}.",
            setting=name,
        )


def check_isolation(site: Site) -> Iterator[Finding]:
    """Find a stricter isolation than the engine supports: it locks rows and must see the latest data."""
    if not _is_postgres(site):
        return
    level = _query(site, "SHOW default_transaction_isolation")
    if level not in ("read committed", "read uncommitted"):
        yield warning(
            "isolation_level",
            f"Transactions are {level} by default: under load, steps and actions fail to serialize.",
            f"Set the isolation level of database {site.using!r} to read committed.",
            level=level,
        )


def _is_postgres(site: Site) -> bool:
    return connections[site.using].vendor == "postgresql"


def _query(site: Site, sql: str) -> Any:
    with connections[site.using].cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]
