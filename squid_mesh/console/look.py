"""Rows to look at: nobody adds, changes or deletes them by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db.models import JSONField
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Any]
else:
    Base = object


class LookOnly(Base):
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
        return not self._masked(lookup) and super().lookup_allowed(lookup, value, request)

    def _masked(self, lookup: str) -> bool:
        try:
            field = self.model._meta.get_field(lookup.split(LOOKUP_SEP, maxsplit=1)[0])
        except FieldDoesNotExist:  # a filter of ours, by its own name
            return False
        return isinstance(field, JSONField)
