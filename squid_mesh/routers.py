"""A database router for projects that keep runs in a database of their own."""

from __future__ import annotations

from typing import Any

from django.db.models import Model

from squid_mesh import conf
from squid_mesh.exceptions import InvalidSettings

_APP = "squid_mesh"


class RunsRouter:
    """Routes this package's tables, and only these, to the database that ``SQUID_MESH["DATABASE"]`` names.

    The package itself names that database in every query. The router is for ``migrate``, which then creates
    the tables there only, and for the project's own queries, such as ``Run.objects.count()``.
    """

    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        """Return the alias for our models; None for all others."""
        return _alias() if model._meta.app_label == _APP else None

    def db_for_write(self, model: type[Model], **hints: Any) -> str | None:
        """Return the alias for our models; None for all others."""
        return _alias() if model._meta.app_label == _APP else None

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        """Return whether our tables belong into that database; None for all others."""
        if app_label != _APP:
            return None
        alias = _alias()
        return None if alias is None else db == alias


def _alias() -> str | None:
    try:
        return conf.database()
    except InvalidSettings:  # the system checks report it, and they must be able to run
        return None
