"""For the host's own admin: the workflow runs that are about the object of a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from squid_mesh import api
from squid_mesh.console.base.pages import has_permission

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Any]
else:
    Base = object

_FIELD: Final = "workflow_runs"
_SHOWN: Final = 10


class WorkflowRunsMixin(Base):
    """Put it before ``ModelAdmin``: the page of an object then ends with its newest workflow runs.

    They are the runs that were started with that object as ``subject``, for whoever may view runs.
    """

    @property
    def media(self) -> forms.Media:
        """The looks of the table, beside what the admin has."""
        return super().media + forms.Media(css={"all": ["squid_mesh/console.css"]})

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """As they are, and the runs."""
        return (*super().get_readonly_fields(request, obj), _FIELD)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """As they are, and the runs in one of their own, where there are an object and the permission."""
        own = [_without_runs(fieldset) for fieldset in super().get_fieldsets(request, obj)]
        if obj is None or not has_permission(request, "view_run"):
            return own
        return [*own, (_("Workflow runs"), {"fields": (_FIELD,)})]

    @admin.display(description=_("workflow runs"))
    def workflow_runs(self, obj: Model) -> str:
        """The newest runs about the object, as a table."""
        found = api.list_runs(subject=obj, limit=_SHOWN)
        context = {"runs": found.runs, "more": found.next is not None}
        return render_to_string("admin/squid_mesh/includes/subject_runs.html", context)


def _without_runs(fieldset: tuple[Any, Any]) -> tuple[Any, dict[str, Any]]:
    """Where an admin names no fields, Django puts every read-only one among them."""
    name, options = fieldset
    fields: Sequence[Any] = options["fields"]
    return name, {**options, "fields": [field for field in fields if field != _FIELD]}
