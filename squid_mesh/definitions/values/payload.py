"""Validation of payloads: the trigger's model turns the caller's data into the run's first state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Any, Final, get_args

import pydantic_core
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from squid_mesh.definitions.problems import did_you_mean
from squid_mesh.definitions.values.carried import Carried, find_carried
from squid_mesh.definitions.values.output import OutputError, dump_value
from squid_mesh.definitions.values.paths import ANY_KEY
from squid_mesh.definitions.values.secrets import secret_paths
from squid_mesh.exceptions import PayloadError

#: Every message contains a secret of one character.
_SHORTEST: Final = 2
_PART: Final = 6
#: The key of errors that belong to no single field, as in Django.
NON_FIELD_ERRORS = "__all__"


class EmptyPayload(BaseModel):
    """The payload of a workflow that declares none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedPayload:
    """A payload as JSON-ready state, with secrets in plain text, and the secrets that were given with it."""

    state: dict[str, Any]
    carried: Carried


def validate_payload(model: type[BaseModel], data: Any, workflow: str, trigger: str) -> CheckedPayload:
    """Return the payload as it is stored, with defaults filled in.

    ``data`` is a mapping, an instance of the model, or None for an empty payload. Unknown fields are
    rejected, unless the model's ``model_config`` sets ``extra``.

    Raises:
        PayloadError: the errors by field. No message repeats a secret.
    """
    try:
        return _validate(model, data)
    except ValidationError as error:
        raise PayloadError(workflow, trigger, _describe_errors(model, data, error)) from None
    except OutputError as error:
        raise PayloadError(workflow, trigger, {NON_FIELD_ERRORS: [str(error)]}) from None


def _validate(model: type[BaseModel], data: Any) -> CheckedPayload:
    if isinstance(data, model):
        checked = _check_instance(model, data)
    elif data is None or isinstance(data, Mapping):
        text = pydantic_core.to_json(dump_value(dict(data or {})))
        checked = _validate_json(model, text)
    else:
        raise OutputError(f"A payload must be a mapping or a model, not a {type(data).__name__}.")
    state: dict[str, Any] = dump_value(checked, TypeAdapter(model))
    return CheckedPayload(state=state, carried=find_carried(data) | find_carried(checked))


def _check_instance(model: type[BaseModel], data: BaseModel) -> BaseModel:
    """Return the instance. It is validated again if a field was set to a value of another type."""
    adapter = TypeAdapter(model)
    try:
        adapter.dump_python(data, warnings="error")
    except PydanticSerializationError:
        return _validate_json(model, pydantic_core.to_json(dump_value(data, adapter)))
    return data


def _validate_json(model: type[BaseModel], text: bytes) -> BaseModel:
    if "extra" in model.model_config:
        return model.model_validate_json(text, by_alias=True, by_name=True)
    try:
        return model.model_validate_json(text, extra="forbid", by_alias=True, by_name=True)
    except ValidationError as error:
        # extra="forbid" also applies to nested models, even to those that allow extra fields.
        below = all(e["type"] == "extra_forbidden" and len(e["loc"]) > 1 for e in error.errors())
        if not below or not any("extra" in nested.model_config for nested in find_models(model, set())):
            raise
    return model.model_validate_json(text, by_alias=True, by_name=True)


def find_models(annotation: Any, seen: set[type[BaseModel]]) -> set[type[BaseModel]]:
    """Return every model that an annotation contains."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation not in seen:
        seen.add(annotation)
        for field in annotation.model_fields.values():
            find_models(field.annotation, seen)
    for argument in get_args(annotation):
        find_models(argument, seen)
    return seen


def _describe_errors(model: type[BaseModel], data: Any, error: ValidationError) -> dict[str, list[str]]:
    secrets = find_carried(data, secret_paths(model, by_alias=True)).texts
    found: dict[str, list[str]] = {}
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        path = format_location(detail["loc"], secrets)
        text = detail["msg"]
        if detail["type"] == "extra_forbidden":
            text = f"unknown field{did_you_mean(path, model.model_fields)}"
        found.setdefault(path, []).append(hide_secrets(text, secrets))
    return found


def hide_secrets(message: str, secrets: Set[str]) -> str:
    """Return a validator's message, or another one if it contains a secret, or an end of a long one."""
    if any(part in message for secret in secrets for part in _list_telling_parts(secret)):
        return "invalid value (the reason is hidden because it contains a secret)"
    return message


def _list_telling_parts(secret: str) -> tuple[str, ...]:
    """Return what must not be in a message: the secret, or what is left if a long one is shortened."""
    if len(secret) < 2 * _PART:
        return (secret,) if len(secret) >= _SHORTEST else ()
    return secret[:_PART], secret[-_PART:]


def format_location(location: Iterable[str | int], secrets: Set[str]) -> str:
    """Return where in the input an error is. A key that is a secret is left out."""
    parts = [str(part) for part in location]
    return ".".join(ANY_KEY if part in secrets else part for part in parts) or NON_FIELD_ERRORS
