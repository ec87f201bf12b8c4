"""A router as projects with a replica have one."""

from __future__ import annotations

from typing import Any


class Replicas:
    """Reads go to the replica of the main database, writes to the main one, and runs to their own database.

    A query for a run that names no database reads the replica, which has no such table.
    """

    def db_for_read(self, model: Any, **hints: Any) -> str:
        """Return the replica, whatever the model is."""
        return "replica"

    def db_for_write(self, model: Any, **hints: Any) -> str:
        """Return the main database, whatever the model is."""
        return "default"

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        """Allow relations: replica and main database have the same rows."""
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """Create the tables of runs in their database, and all others in the main one."""
        return db == ("runs" if app_label == "squid_mesh" else "default")
