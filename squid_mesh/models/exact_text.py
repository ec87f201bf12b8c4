"""Texts that identify something: the same characters are equal on every database, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import lookups

_NO_PAD_BINARY_SINCE: Final = (8, 0, 17)  # of MySQL


#: The longest primary key of a user, as text, that rows keep. Longer unique texts fit no MySQL index.
USER_KEY_LENGTH: Final = 255


def can_compare_exactly(connection: BaseDatabaseWrapper) -> bool:
    """Return whether the database has a collation that compares exactly. Only an old MySQL has none."""
    if connection.vendor != "mysql" or getattr(connection, "mysql_is_mariadb", False):
        return True
    version: tuple[int, ...] = getattr(connection, "mysql_version", _NO_PAD_BINARY_SINCE)
    return version >= _NO_PAD_BINARY_SINCE


def find_exact_collation(connection: BaseDatabaseWrapper) -> str | None:
    """Return the collation that compares exactly; None if the database's own does.

    SQLite compares bytes, and PostgreSQL's default collation is always deterministic. ``utf8mb4_bin`` of an
    old MySQL ignores spaces at the end.
    """
    if connection.vendor != "mysql":
        return None
    if getattr(connection, "mysql_is_mariadb", False):
        return "utf8mb4_nopad_bin"
    return "utf8mb4_0900_bin" if can_compare_exactly(connection) else "utf8mb4_bin"


if TYPE_CHECKING:
    from typing import TypeVar

    _Set = TypeVar("_Set")
    _Get = TypeVar("_Get")

    # Generic, as the stubs want it: a field that may be null gives None too.
    class ExactCharField(models.CharField[_Set, _Get]): ...

    class ExactTextField(models.TextField[_Set, _Get]): ...
else:

    class ExactCharField(models.CharField):
        """A text that is compared character by character on every database.

        MariaDB's and MySQL's default collations treat ``VIP`` and ``vip`` as equal, ``é`` and ``e``, and a
        text with and without a space at its end. The collation depends on the database, so it is chosen when
        the column is created, and migrations don't contain it. Foreign keys to such a field get it too.
        """

        def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
            """Return a text's parameters, with the collation that compares exactly on that database."""
            return super().db_parameters(connection) | {"collation": find_exact_collation(connection)}

    class ExactTextField(models.TextField):
        """A long text, likewise. Its collation also lets a column of MariaDB and MySQL store any character.

        In a database whose default is ``latin1`` or ``utf8mb3``, another text column rejects an emoji.
        """

        def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
            """Return a text's parameters, with the collation that compares exactly on that database."""
            return super().db_parameters(connection) | {"collation": find_exact_collation(connection)}


class _IgnoreCase:
    """Ignore the case on MySQL and MariaDB, where a binary collation would make the lookup exact."""

    def as_mysql(self, compiler: Any, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        """Return the lookup with both sides in lower case."""
        lhs, lhs_values = self.process_lhs(compiler, connection)  # type: ignore[attr-defined]
        rhs, rhs_values = self.process_rhs(compiler, connection)  # type: ignore[attr-defined]
        return f"LOWER({lhs}) LIKE LOWER({rhs})", [*lhs_values, *rhs_values]


for _lookup in (lookups.IExact, lookups.IContains, lookups.IStartsWith, lookups.IEndsWith):
    for _field in (ExactCharField, ExactTextField):
        _field.register_lookup(type(_lookup.__name__, (_IgnoreCase, _lookup), {}))
