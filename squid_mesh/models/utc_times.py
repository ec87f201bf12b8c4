"""Times that are stored in UTC, whatever time zone the database connection has."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


def read_utc(stored: datetime | None, connection: BaseDatabaseWrapper) -> datetime | None:
    """Return a stored time in UTC. Django has read it in the connection's time zone."""
    if stored is None or stored.tzinfo is UTC:
        return stored
    if connection.features.supports_timezones:
        return stored.astimezone(UTC)
    return stored.replace(tzinfo=UTC)


def write_utc(value: Any, connection: BaseDatabaseWrapper) -> Any:
    """Return what stores that time in UTC: a naive one, where the database stores no time zones."""
    if not isinstance(value, datetime) or value.tzinfo is None or connection.features.supports_timezones:
        return value
    return value.astimezone(UTC).replace(tzinfo=None)


if TYPE_CHECKING:
    from typing import TypeVar

    _Set = TypeVar("_Set")
    _Get = TypeVar("_Get")

    # Generic, as the stubs want it: a field that may be null gives None too.
    class UtcDateTimeField(models.DateTimeField[_Set, _Get]): ...
else:

    class UtcDateTimeField(models.DateTimeField):
        """A time that the database stores in UTC, and that is read in UTC.

        On SQLite, MariaDB and MySQL Django stores times in the time zone of ``DATABASES[…]["TIME_ZONE"]``:
        one hour of each autumn then means two times, and the database's own clock has to be converted.
        """

        def from_db_value(
            self, value: datetime | None, expression: Any, connection: BaseDatabaseWrapper
        ) -> datetime | None:
            """Return the time in UTC."""
            return read_utc(value, connection)

        def get_db_prep_value(
            self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False
        ) -> Any:
            """Return what the database stores."""
            prepared_value = value if prepared else self.get_prep_value(value)
            return super().get_db_prep_value(write_utc(prepared_value, connection), connection, prepared=True)
