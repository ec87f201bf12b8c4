"""Texts that identify something: whether the database compares them exactly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from django.apps import apps
from django.db import connections
from django.db.models import ForeignKey

from squid_mesh.inspection.doctor.finding import Finding, Site, error
from squid_mesh.models import ExactCharField, ExactTextField

#: The collations that compare exactly, of each database.
_EXACT: Final[Mapping[str, frozenset[str]]] = {
    "mysql": frozenset({"utf8mb4_nopad_bin", "utf8mb4_0900_bin"}),
    "sqlite": frozenset({"BINARY"}),
}
_COLLATIONS: Final[Mapping[str, str]] = {
    "mysql": "SELECT column_name, collation_name FROM information_schema.columns"
    " WHERE table_schema = DATABASE() AND table_name = %s",
    # Of PostgreSQL's collations only those matter that aren't deterministic.
    "postgresql": "SELECT a.attname, c.collname"
    " FROM pg_attribute a JOIN pg_collation c ON c.oid = a.attcollation"
    " WHERE a.attrelid = to_regclass(%s) AND NOT c.collisdeterministic",
}


def check_texts(site: Site) -> Iterator[Finding]:
    """Find columns in which the database treats different texts as equal."""
    inexact = {
        f"{table}.{column}": collation
        for table, columns in _exact_columns().items()
        for column, collation in _find_inexact(table, site.using).items()
        if column in columns
    }
    if inexact:
        yield error(
            "texts_inexact",
            f"Database {site.using!r} treats different texts as equal, so keys and names can be confused:"
            f" {', '.join(inexact)}.",
            "Recreate these columns with migrate, on SQLite, PostgreSQL, MariaDB, or MySQL 8.0.17 or later.",
            columns=inexact,
        )


def _exact_columns() -> dict[str, set[str]]:
    """Return the columns that must compare exactly, by table."""
    return {
        model._meta.db_table: {
            field.column
            for field in model._meta.local_concrete_fields
            if field.column
            and isinstance(
                field.target_field if isinstance(field, ForeignKey) else field,
                ExactCharField | ExactTextField,
            )
        }
        for model in apps.get_app_config("squid_mesh").get_models()
        if not model._meta.proxy
    }


def _find_inexact(table: str, using: str) -> dict[str, str]:
    """Return the collations of a table's columns that don't compare exactly, by column."""
    connection = connections[using]
    exact = _EXACT.get(connection.vendor, frozenset())
    with connection.cursor() as cursor:
        if connection.vendor in _COLLATIONS:
            cursor.execute(_COLLATIONS[connection.vendor], [table])
            found = dict(cursor.fetchall())
        else:
            described = connection.introspection.get_table_description(cursor, table)
            found = {column.name: column.collation for column in described}
    return {column: collation for column, collation in found.items() if collation and collation not in exact}
