"""The answers to an approval's form, validated as the form was when the question was asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, create_model

from squid_mesh.definitions.code_paths import CodeMissing, load_code
from squid_mesh.definitions.request import APPROVED, Request
from squid_mesh.definitions.values.payload import NON_FIELD_ERRORS, validate_payload
from squid_mesh.exceptions import CodeUnavailable, FormError, PayloadError
from squid_mesh.store.values import Json


def answers(request: Request, exit: str, data: Any, step: str) -> Json:
    """What the person answered, as it is stored; None where they needn't and didn't.

    Approving needs the form. Other exits take it too, but do without.

    Raises:
        FormError: the answers don't fit.
        CodeUnavailable: the form isn't installed here, so that nobody can say what fits.
    """
    if request.form is None:
        if data:
            raise FormError(step, {NON_FIELD_ERRORS: ["there is no form: say it in the comment"]})
        return None
    if data is None and exit != APPROVED:
        return None
    try:
        return validate_payload(_model(request), data, "", step)
    except PayloadError as error:
        raise FormError(step, error.details["errors"]) from None


def _model(request: Request) -> type[BaseModel]:
    """The form as it is, or as much of it as fits what was asked.

    A deploy doesn't change a question that waits: its fields and which of them are required stay. Their
    values are judged by the present form's types; a field that this no longer has takes any JSON.
    """
    assert request.form is not None  # noqa: S101 - asked for by the caller
    try:
        form = load_code(request.form)
    except CodeMissing as error:
        raise CodeUnavailable(f"The form can't be checked. {error}", path=error.path) from None
    if not (isinstance(form, type) and issubclass(form, BaseModel)):
        raise CodeUnavailable(f"The form at {request.form!r} is no pydantic model.", path=request.form)
    asked: Mapping[str, Any] = request.form_schema or {}
    if json.loads(json.dumps(form.model_json_schema())) == asked:
        return form
    return _as_asked(form, asked)


def _as_asked(form: type[BaseModel], asked: Mapping[str, Any]) -> type[BaseModel]:
    present = {field.alias or name: field for name, field in form.model_fields.items()}
    required = set(asked.get("required", ()))
    fields: dict[str, Any] = {}
    for name, schema in asked.get("properties", {}).items():
        field = present.get(name)
        default = ... if name in required else schema.get("default")
        kind = Any if field is None else field.rebuild_annotation()
        fields[name] = (kind if name in required else kind | None, default)
    return create_model("AsAsked", **fields)
