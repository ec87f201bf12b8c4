"""Whether the process that explains has the project's code; a worker may run another release."""

from __future__ import annotations

from squid_mesh.definitions import registry
from squid_mesh.definitions.code_paths import CodeMissing
from squid_mesh.definitions.forms.changes import list_changes
from squid_mesh.definitions.forms.installed import find_form
from squid_mesh.definitions.request import Request
from squid_mesh.exceptions import SquidMeshError


def can_start(workflow: str, trigger: str) -> bool:
    """Return whether the workflow is installed and has the trigger."""
    try:
        return registry.get_workflow(workflow).blueprint.trigger(trigger) is not None
    except SquidMeshError:
        return False


def can_check_form(request: Request, workflow: str, step: str) -> bool:
    """Return whether answers to the request can be checked here: by its form, or by its stored schema."""
    try:
        return request.form is None or bool(find_form(request, workflow, step) or request.form_schema)
    except CodeMissing:
        return False


def is_form_installed(request: Request, workflow: str, step: str) -> bool:
    """Return whether the request has no form, or its form is installed here."""
    try:
        return request.form is None or find_form(request, workflow, step) is not None
    except CodeMissing:
        return False


def list_form_changes(request: Request, workflow: str, step: str) -> tuple[str, ...]:
    """Return how the installed form differs from the one asked for; nothing if none is installed."""
    try:
        form = find_form(request, workflow, step)
    except CodeMissing:
        return ()
    return () if form is None or request.form_schema is None else list_changes(request.form_schema, form)
