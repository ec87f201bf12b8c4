"""Writing rows as a newer version would: with values that this version's constraints forbid."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import connection
from django.db.models import CheckConstraint, Model

from squid_mesh.definitions.blueprint import FORMAT
from squid_mesh.models import Definition, Run


def write_unknown(model: type[Model], column: str, value: str, **where: Any) -> None:
    """Write the value into the column of those rows."""
    with unchecked(model):
        rows = model._base_manager.filter(**where)
        quote = connection.ops.quote_name
        keys = list(rows.values_list("pk", flat=True))
        assert keys, "no such row"
        key = model._meta.pk
        with connection.cursor() as cursor:
            for one in keys:
                cursor.execute(
                    f"UPDATE {quote(model._meta.db_table)} SET {quote(column)} = %s "
                    f"WHERE {quote(key.column)} = %s",
                    [value, key.get_db_prep_value(one, connection)],
                )


def write_newer_definition(run_id: UUID) -> str:
    """Give the run a definition with a newer format, and return its fingerprint."""
    old = Definition.objects.get(runs=run_id)
    newer = {**old.blueprint, "format": FORMAT + 1, "stages": ["a", "b"]}
    fingerprint = uuid4().hex * 2
    Definition.objects.create(
        pk=fingerprint,
        workflow=old.workflow,
        blueprint=newer,
        created_at=old.created_at + timedelta(seconds=1),
    )
    Run.objects.filter(pk=run_id).update(definition_id=fingerprint, definition_format=FORMAT + 1)
    return fingerprint


@contextmanager
def unchecked(model: type[Model]) -> Iterator[None]:
    """Let the table's check constraints pass anything; on PostgreSQL until the test's transaction ends."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for constraint in model._meta.constraints:
                if isinstance(constraint, CheckConstraint):
                    cursor.execute(
                        f"ALTER TABLE {model._meta.db_table} DROP CONSTRAINT IF EXISTS {constraint.name}"
                    )
        yield
        return
    off, on = {
        "sqlite": ("PRAGMA ignore_check_constraints = 1", "PRAGMA ignore_check_constraints = 0"),
        "mysql": ("SET check_constraint_checks = 0", "SET check_constraint_checks = 1"),
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(off)
        try:
            yield
        finally:
            cursor.execute(on)
