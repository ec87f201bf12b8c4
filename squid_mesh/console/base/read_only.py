"""Rows to look at: nobody adds, changes or deletes them by hand."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import JSONField
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest


class LookOnly:
    """A mixin for model admins and inlines: who may view the rows sees them, and that is all."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """As any, but for what is shown masked: filtering by it would tell secrets letter by letter."""
        allowed: Any = getattr(super(), "lookup_allowed")  # noqa: B009 - of the admin that this is mixed into
        return not self._masked(lookup) and bool(allowed(lookup, value, request))

    def _masked(self, lookup: str) -> bool:
        own: Any = self
        try:
            field = own.model._meta.get_field(lookup.split(LOOKUP_SEP, maxsplit=1)[0])
        except FieldDoesNotExist:  # a filter of ours, by its own name
            return False
        return isinstance(field, JSONField)
