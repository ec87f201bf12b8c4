"""Finding the model of a form in the installed code."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from squid_mesh.definitions import registry
from squid_mesh.definitions.code_paths import CodeMissing, load_code
from squid_mesh.definitions.request import Request
from squid_mesh.exceptions import SquidMeshError


def find_form(request: Request, workflow: str, step: str) -> type[BaseModel] | None:
    """Return the installed model of the request's form; None if there is none any more.

    It is the class at the form's path. If that class isn't there, because it was moved or renamed, it is the
    form that the step has in the installed workflow.

    Raises:
        CodeMissing: importing the model's module raised an error, so it isn't known whether it is there.
    """
    if request.form is None:
        return None
    for path in (request.form, _find_current_path(workflow, step)):
        found = None if path is None else _load_model(path)
        if found is not None:
            return found
    return None


def _load_model(path: str) -> type[BaseModel] | None:
    try:
        found: Any = load_code(path)
    except CodeMissing as error:
        if error.failed:
            raise
        return None
    return found if isinstance(found, type) and issubclass(found, BaseModel) else None


def _find_current_path(workflow: str, step: str) -> str | None:
    """Return the path of the form that the step has in the installed workflow, if it has one."""
    try:
        own = registry.get_workflow(workflow).blueprint.by_name.get(step)
    except SquidMeshError:
        return None
    request = None if own is None else own.options.get("request")
    path = request.get("form") if isinstance(request, dict) else None
    return path if isinstance(path, str) else None
