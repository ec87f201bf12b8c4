"""Filters of lists, with a plain heading and the labels of the console."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

_TEMPLATE: Final = "admin/squid_mesh/filter.html"


class ListFilter(admin.SimpleListFilter):
    """A filter that is shown even if it has only one choice: the user sees what is filtered."""

    template = _TEMPLATE

    def has_output(self) -> bool:
        """Return whether there is anything to choose."""
        return bool(self.lookup_choices)


class BooleanFilter(admin.BooleanFieldListFilter):
    """Django's filter of a boolean field, with a plain heading."""

    template = _TEMPLATE


def make_filter(
    field: str, heading: Any, values: Iterable[str], label: Callable[[str], Any]
) -> type[ListFilter]:
    """Return a filter of that field by the members of its enum, each with its label."""

    class FieldFilter(ListFilter):
        """The rows with that value."""

        title = heading
        parameter_name = field

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            """Return every value."""
            return [(str(value), capitalize(str(label(value)))) for value in values]

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            """Return the rows with the chosen value."""
            return queryset.filter(**{field: self.value()}) if self.value() else queryset

    return FieldFilter


def capitalize(text: str) -> str:
    """Return the text with its first letter as a capital."""
    return text[:1].upper() + text[1:]
