"""A mixin for the host project's own model admins: an object's page ends with its workflow runs."""

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
_MAX_RUNS: Final = 10


class WorkflowRunsMixin(Base):
    """Put it before ``ModelAdmin``: the page of an object then ends with its newest workflow runs.

    These are the runs that were started with the object as ``subject``. Users with the permission to view
    runs see them.
    """

    @property
    def media(self) -> forms.Media:
        """Return the admin's media and the console's style sheet."""
        return super().media + forms.Media(css={"all": ["squid_mesh/console.css"]})

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the admin's read-only fields and the runs."""
        return (*super().get_readonly_fields(request, obj), _FIELD)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the admin's fieldsets, and one with the runs if the user may view runs."""
        fieldsets = [_without_runs(fieldset) for fieldset in super().get_fieldsets(request, obj)]
        if obj is None or not has_permission(request, "view_run"):
            return fieldsets
        return [*fieldsets, (_("Workflow runs"), {"fields": (_FIELD,)})]

    @admin.display(description=_("workflow runs"))
    def workflow_runs(self, obj: Model) -> str:
        """Return the object's newest runs as a table."""
        found = api.list_runs(subject=obj, limit=_MAX_RUNS)
        context = {"runs": found.runs, "more": found.next is not None}
        return render_to_string("admin/squid_mesh/includes/subject_runs.html", context)


def _without_runs(fieldset: tuple[Any, Any]) -> tuple[Any, dict[str, Any]]:
    """Return the fieldset without the runs: Django adds every read-only field if an admin names no fields."""
    name, options = fieldset
    fields: Sequence[Any] = options["fields"]
    return name, {**options, "fields": [field for field in fields if field != _FIELD]}
