"""Rows to look at: nobody adds, changes or deletes them by hand."""

from __future__ import annotations

from typing import Any

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
