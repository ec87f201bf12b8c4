"""The database's clock: every time that is stored or compared is read from it, never from a worker."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import DateTimeField, ExpressionWrapper, Func, Value
from django.db.models.expressions import Combinable
from django.db.models.sql.compiler import SQLCompiler


class DatabaseNow(Func):
    """The database's present time in UTC, at the start of the statement.

    Django's own ``Now`` gives MySQL's session time zone, which Django doesn't set.
    """

    template = "STATEMENT_TIMESTAMP()"
    output_field = DateTimeField()

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> tuple[str, Any]:
        """SQLite: milliseconds, as text of the six digits that Django writes: it compares text."""
        return self.as_sql(
            compiler,
            connection,
            template="STRFTIME('%%%%Y-%%%%m-%%%%d %%%%H:%%%%M:%%%%f000', 'NOW')",
            **extra,
        )

    def as_mysql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> tuple[str, Any]:
        """MySQL and MariaDB: UTC to the microsecond."""
        return self.as_sql(compiler, connection, template="UTC_TIMESTAMP(6)", **extra)


def now_plus(seconds: float) -> Combinable:
    """The database's present time and that many seconds."""
    return ExpressionWrapper(DatabaseNow() + Value(timedelta(seconds=seconds)), output_field=DateTimeField())


_READ: Final = {
    "postgresql": "SELECT statement_timestamp()",
    "sqlite": "SELECT STRFTIME('%Y-%m-%d %H:%M:%f000', 'NOW')",
    "mysql": "SELECT UTC_TIMESTAMP(6)",
}


def database_time(using: str) -> datetime:
    """The database's present time, in UTC."""
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute(_READ[connection.vendor])
        found: datetime | str = cursor.fetchone()[0]
    moment = datetime.fromisoformat(found) if isinstance(found, str) else found
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
