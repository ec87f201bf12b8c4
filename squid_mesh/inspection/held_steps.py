"""Steps that people hold up, found by their partial index."""

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
    """The statuses as literals: SQLite doesn't see that a parameter would fit the index's condition.

    A lookup, since other conditions are compared with True by some releases of Django, which hides them too.
    """

    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        status, parameters = self.process_lhs(compiler, connection)
        return f"{status} IN ('paused', 'unknown')", parameters


def held_steps(using: str) -> QuerySet[StepRun]:
    """The current visits that are paused or unknown. In the order of their keys they cost what they are."""
    return StepRun.objects.using(using).filter(_IsHeld(F("status"), True), current=True)
