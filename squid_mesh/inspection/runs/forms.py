"""The form of an approval as it is asked now: the stored request's fields, by the installed model."""

from __future__ import annotations

from typing import Any

from squid_mesh.definitions.code_paths import CodeMissing
from squid_mesh.definitions.forms.changes import list_changes, merge_schemas, order_fields
from squid_mesh.definitions.forms.installed import find_form
from squid_mesh.definitions.request import Request
from squid_mesh.inspection.schemas import shown_schema


def read_form(request: Request | None, workflow: str, step: str) -> dict[str, Any]:
    """Return the fields of a step's snapshot about the form that its request asks for."""
    if request is None or not request.form_schema:
        return {}
    try:
        form = find_form(request, workflow, step)
    except CodeMissing:
        form = None
    if form is None:
        return {"form_schema": shown_schema(request.form_schema)}
    changes = list_changes(request.form_schema, form)
    merge = merge_schemas if changes else order_fields
    schema = merge(request.form_schema, form)
    return {"form_schema": shown_schema(schema), "form_changes": changes}
