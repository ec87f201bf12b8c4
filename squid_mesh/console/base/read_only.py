"""Lists whose rows can't be added, changed or deleted in the admin."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import JSONField
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest


class ReadOnlyAdminMixin:
    """A mixin for model admins and inlines: users with the view permission see the rows, and change none."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False."""
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Return whether the list may be filtered so. Never by JSON, which may hold secrets."""
        allowed: Any = getattr(super(), "lookup_allowed")  # noqa: B009 - the model admin's
        return not self._reads_json(lookup) and bool(allowed(lookup, value, request))

    def _reads_json(self, lookup: str) -> bool:
        model_admin: Any = self
        try:
            field = model_admin.model._meta.get_field(lookup.split(LOOKUP_SEP, maxsplit=1)[0])
        except FieldDoesNotExist:  # one of the console's own filters
            return False
        return isinstance(field, JSONField)
