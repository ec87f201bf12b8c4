"""The database of the runs: whether it answers, has our tables, and is set up for several workers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from django.db import Error, connections
from django.db.migrations.executor import MigrationExecutor

from squid_mesh.inspection.doctor.finding import Finding, Site, error, warning
from squid_mesh.store.clock import database_time

_APP: Final = "squid_mesh"
#: So many seconds this machine's clock may differ from the database's.
_SKEW: Final = 5.0
#: A write of another process's may take that long on SQLite, at least.
_BUSY_MS: Final = 5000


def check_answer(site: Site) -> Iterator[Finding]:
    """The database can't be asked; Django refuses versions that it doesn't support here too."""
    try:
        _ask(site, "SELECT 1")
    except Error as problem:
        yield error(
            "database_unreachable",
            f"Database {site.using!r} doesn't answer: {problem}".rstrip(". \n") + ".",
            f"Start it, or mend DATABASES[{site.using!r}].",
            alias=site.using,
        )


def check_migrations(site: Site) -> Iterator[Finding]:
    """Migrations of ours that haven't been applied."""
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
    """This machine's clock goes differently. Only the database's counts, but logs and people are misled."""
    before = site.clock()
    theirs = database_time(site.using)
    ours = before + (site.clock() - before) / 2
    skew = (ours - theirs).total_seconds()
    if abs(skew) > _SKEW:
        way = "ahead of" if skew > 0 else "behind"
        yield warning(
            "clock_skew",
            f"This machine's clock is {abs(skew):.0f} s {way} the database's.",
            "Synchronise the clocks of both machines, by NTP.",
            seconds=round(skew, 1),
        )


def check_sqlite(site: Site) -> Iterator[Finding]:
    """SQLite, where readers would hold up writers, or writers give up early."""
    if connections[site.using].vendor != "sqlite":
        return
    mode, busy = _ask(site, "PRAGMA journal_mode"), int(_ask(site, "PRAGMA busy_timeout"))
    if mode not in ("wal", "memory"):
        yield warning(
            "sqlite_journal",
            f"SQLite's journal mode is {mode}: who reads holds up who writes.",
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
    """A pooler gives keys of its own out, so that another process answers than the one that greeted us."""
    if not _is_postgres(site):
        return
    told = connections[site.using].connection.info.backend_pid
    if told != _ask(site, "SELECT pg_backend_pid()"):
        yield warning(
            "connection_pooler",
            f"Database {site.using!r} is reached through a pooler: unless it pools by session, no cluster is"
            " woken and each looks for work once a second.",
            "Let clusters connect directly, or pool by session; else set DISABLE_SERVER_SIDE_CURSORS.",
        )


def check_durability(site: Site) -> Iterator[Finding]:
    """A database that may forget what it has confirmed: steps would run twice after its crash."""
    if _is_postgres(site):
        name, lax = "synchronous_commit", _ask(site, "SHOW synchronous_commit") == "off"
    elif connections[site.using].vendor == "sqlite":
        name, lax = "synchronous", int(_ask(site, "PRAGMA synchronous")) == 0
    else:
        return
    if lax:
        yield warning(
            "not_durable",
            f"{name} is off: after a crash of the database, steps that were completed may run again.",
            f"Switch {name} on for database {site.using!r}.",
            setting=name,
        )


def check_isolation(site: Site) -> Iterator[Finding]:
    """Stricter isolation than the engine is written for: it locks rows and expects to see the latest."""
    if not _is_postgres(site):
        return
    level = _ask(site, "SHOW default_transaction_isolation")
    if level not in ("read committed", "read uncommitted"):
        yield warning(
            "isolation",
            f"Transactions are {level} by default: under load steps and actions fail to serialise.",
            f"Leave the isolation level of database {site.using!r} at read committed.",
            level=level,
        )


def _is_postgres(site: Site) -> bool:
    return connections[site.using].vendor == "postgresql"


def _ask(site: Site, question: str) -> Any:
    with connections[site.using].cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0]
