"""Steps that wait for people, read by their partial index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Lookup, QuerySet
from django.db.models.sql.compiler import SQLCompiler

from squid_mesh.models import StepRun

if TYPE_CHECKING:
    Base = Lookup[bool]
else:
    Base = Lookup


class _IsHeld(Base):
    """The statuses as literals: with parameters, SQLite doesn't use the partial index.

    It is a lookup because some releases of Django compare other conditions with True, which hides it too.
    """

    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        status, parameters = self.process_lhs(compiler, connection)
        return f"{status} IN ('paused', 'unknown')", parameters


def held_steps(using: str) -> QuerySet[StepRun]:
    """Return the current visits that are paused or unknown. Ordered by key, only they are read."""
    return StepRun.objects.using(using).filter(_IsHeld(F("status"), True), current=True)
