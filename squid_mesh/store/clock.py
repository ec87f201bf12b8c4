"""The database's clock. Every time that is stored or compared comes from it, never from a worker."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import ExpressionWrapper, Func, Value
from django.db.models.expressions import Combinable
from django.db.models.sql import Query
from django.db.models.sql.compiler import SQLCompiler

from squid_mesh.models.utc_times import UtcDateTimeField


class DatabaseNow(Func):
    """The database's current time in UTC, at the start of the statement.

    Django's own ``Now`` uses MySQL's session time zone, which Django doesn't set.
    """

    template = "STATEMENT_TIMESTAMP()"
    output_field = UtcDateTimeField()

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> tuple[str, Any]:
        """Return milliseconds with the six digits that Django writes: SQLite compares text."""
        return self.as_sql(
            compiler,
            connection,
            template="STRFTIME('%%%%Y-%%%%m-%%%%d %%%%H:%%%%M:%%%%f000', 'NOW')",
            **extra,
        )

    def as_mysql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> tuple[str, Any]:
        """Return microseconds, on MySQL and MariaDB."""
        return self.as_sql(compiler, connection, template="UTC_TIMESTAMP(6)", **extra)


def now_plus(seconds: float) -> Combinable:
    """Return the database's current time plus that many seconds."""
    later = DatabaseNow() + Value(timedelta(seconds=seconds))
    return ExpressionWrapper(later, output_field=UtcDateTimeField())


def database_time(using: str) -> datetime:
    """Return the database's current time, in UTC."""
    sql, values = Query(None).get_compiler(using).compile(DatabaseNow())
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT {sql}", values)
        found: datetime | str = cursor.fetchone()[0]
    time = datetime.fromisoformat(found) if isinstance(found, str) else found
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
