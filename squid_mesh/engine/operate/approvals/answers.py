"""The answers to an approval's form, validated against the form as it was when the approval was requested."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, create_model

from squid_mesh import conf
from squid_mesh.definitions.code_paths import CodeMissing, load_code
from squid_mesh.definitions.request import APPROVED, Request
from squid_mesh.definitions.values.payload import NON_FIELD_ERRORS, validate_payload
from squid_mesh.definitions.values.schemas import make_json_schema
from squid_mesh.engine.secret_paths import locate_secrets
from squid_mesh.exceptions import CodeUnavailable, FormError, PayloadError
from squid_mesh.store.values import Json, SecretPaths


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Answers as they are stored, None if there are none, and the paths of the secrets in them."""

    data: Json = None
    secrets: SecretPaths = None


def validate_answers(request: Request, exit: str, data: Any, step: str) -> Answers:
    """Return the answers as they are stored; none if none were given and the exit doesn't need them.

    Approving needs the form; for other exits it is optional.

    Raises:
        FormError: the answers don't fit.
        LimitExceeded: they are too large or too deep.
        CodeUnavailable: the form isn't installed, so the answers can't be checked.
    """
    if request.form is None:
        if data:
            raise FormError(step, {NON_FIELD_ERRORS: ["this approval has no form; use the comment"]})
        return Answers()
    if data is None and exit != APPROVED:
        return Answers()
    try:
        checked = validate_payload(_find_model(request), data, "", step, conf.limits().of_answers())
        return Answers(data=checked.state, secrets=locate_secrets(checked.state, checked.carried))
    except PayloadError as error:
        raise FormError(step, error.details["errors"]) from None


def _find_model(request: Request) -> type[BaseModel]:
    """Return the installed form, or a model of the fields that were requested if the form has changed.

    A deploy doesn't change a pending approval: its fields, and which of them are required, stay. The
    installed form's types validate their values; a field that it no longer has accepts any JSON.
    """
    assert request.form is not None  # noqa: S101 - the caller checks this
    try:
        form = load_code(request.form)
    except CodeMissing as error:
        raise CodeUnavailable(f"The answers can't be checked. {error}", path=error.path) from None
    if not (isinstance(form, type) and issubclass(form, BaseModel)):
        raise CodeUnavailable(f"The form at {request.form!r} isn't a pydantic model.", path=request.form)
    requested: Mapping[str, Any] = request.form_schema or {}
    if json.loads(json.dumps(make_json_schema(form))) == requested:
        return form
    return _rebuild_model(form, requested)


def _rebuild_model(form: type[BaseModel], requested: Mapping[str, Any]) -> type[BaseModel]:
    installed = {field.alias or name: field for name, field in form.model_fields.items()}
    required = set(requested.get("required", ()))
    fields: dict[str, Any] = {}
    for name, schema in requested.get("properties", {}).items():
        field = installed.get(name)
        default = ... if name in required else schema.get("default")
        kind = Any if field is None else field.rebuild_annotation()
        fields[name] = (kind if name in required else kind | None, default)
    return create_model("Requested", **fields)
