"""The answers to an approval's form, validated by the installed form, or else by the form's stored schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from squid_mesh import conf
from squid_mesh.definitions.code_paths import CodeMissing
from squid_mesh.definitions.forms.changes import list_changes, read_fields
from squid_mesh.definitions.forms.installed import find_form
from squid_mesh.definitions.forms.stored import check_answers, check_field
from squid_mesh.definitions.request import APPROVED, Request
from squid_mesh.definitions.values.carried import find_carried
from squid_mesh.definitions.values.output import OutputError, dump_value
from squid_mesh.definitions.values.payload import NON_FIELD_ERRORS, validate_payload
from squid_mesh.engine.secret_paths import locate_secrets
from squid_mesh.exceptions import CodeUnavailable, FormError, PayloadError
from squid_mesh.store.values import Json, SecretPaths


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Answers as they are stored, None if there are none, and the paths of the secrets in them.

    ``changes`` are the clauses that say how the form that validated them differs from the one asked for.
    """

    data: Json = None
    secrets: SecretPaths = None
    changes: tuple[str, ...] = ()


def validate_answers(request: Request, exit: str, data: Any, workflow: str, step: str) -> Answers:
    """Return the answers as they are stored; none if none were given and the exit doesn't need them.

    Approving needs the form; for other exits it is optional. The installed model decides, whatever has
    changed since the form was asked for; it reads the values by the names that were asked for. A value of a
    field that it no longer has is kept if it fits the stored schema, which checks everything if the model is
    gone.

    Raises:
        FormError: the answers don't fit.
        LimitExceeded: they are too large or too deep.
        CodeUnavailable: importing the form failed, so the answers can't be checked.
    """
    if request.form is None:
        if data:
            raise FormError(step, {NON_FIELD_ERRORS: ["this approval has no form; use the comment"]})
        return Answers()
    if data is None and exit != APPROVED:
        return Answers()
    try:
        form = find_form(request, workflow, step)
    except CodeMissing as error:
        raise CodeUnavailable(f"The answers can't be checked. {error}", path=error.path) from None
    if form is None:
        return _validate_by_schema(request, data, step)
    return _validate_by_form(request, form, data, step)


def _validate_by_form(request: Request, form: type[BaseModel], data: Any, step: str) -> Answers:
    schema = request.form_schema or {}
    if isinstance(data, BaseModel) and not isinstance(data, form):
        data = dict(data)  # of the form that was asked for
    limit = conf.limits().of_answers()
    limit.check_depth(data)
    given, removed = _split_removed(data, schema, form)
    errors = {name: found for name, value in removed.items() if (found := check_field(schema, name, value))}
    if errors:
        raise FormError(step, errors)
    try:
        checked = validate_payload(form, given, "", step, limit)
    except PayloadError as error:
        raise FormError(step, error.details["errors"]) from None
    kept = {} if form.model_config.get("extra") == "forbid" else removed
    answers = {**kept, **checked.state}
    limit.check(answers)
    carried = checked.carried | find_carried(data)
    return Answers(data=answers, secrets=locate_secrets(answers, carried), changes=list_changes(schema, form))


def _split_removed(
    data: Any, schema: Mapping[str, Any], form: type[BaseModel]
) -> tuple[Any, Mapping[str, Json]]:
    """Return the answers that the form reads, and those to fields that were asked for and removed since."""
    if not isinstance(data, Mapping):
        return data, {}
    names = read_fields(form).names
    removed = [name for name in schema.get("properties", {}) if name in data and name not in names]
    if not removed:
        return data, {}
    given = {name: value for name, value in data.items() if name not in removed}
    return given, {name: _dump(data[name], name) for name in removed}


def _validate_by_schema(request: Request, data: Any, step: str) -> Answers:
    """Validate the answers by the schema that was stored when the form was compiled."""
    if not request.form_schema:
        message = (
            f"The answers can't be checked: the form {request.form} isn't installed and has no stored schema."
        )
        raise CodeUnavailable(message, path=request.form)
    limit = conf.limits().of_answers()
    limit.check_depth(data)
    given = dict(data) if isinstance(data, Mapping) else data or {}
    answers, errors = check_answers(request.form_schema, _dump(given, step))
    limit.check(answers)
    if errors:
        raise FormError(step, errors)
    return Answers(
        data=answers,
        secrets=locate_secrets(answers, find_carried(data)),
        changes=(f"the form {request.form} is no longer installed; its stored schema checks the answers",),
    )


def _dump(value: Any, step: str) -> Json:
    try:
        dumped: Json = dump_value(value)
    except OutputError as error:
        raise FormError(step, {NON_FIELD_ERRORS: [str(error)]}) from None
    return dumped
