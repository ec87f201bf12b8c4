"""Validation of payloads: the trigger's model turns the caller's data into the run's first state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args

import pydantic_core
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from squid_mesh.definitions.problems import did_you_mean
from squid_mesh.definitions.values.output import OutputError, dump_value
from squid_mesh.definitions.values.secrets import secret_paths
from squid_mesh.exceptions import PayloadError

#: The key of errors that belong to no single field, as in Django.
NON_FIELD_ERRORS = "__all__"


class EmptyPayload(BaseModel):
    """The payload of a workflow that declares none."""


def validate_payload(model: type[BaseModel], data: Any, workflow: str, trigger: str) -> dict[str, Any]:
    """Return the payload as JSON-ready state, with defaults filled in and secrets in plain text.

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


def _validate(model: type[BaseModel], data: Any) -> dict[str, Any]:
    if isinstance(data, model):
        checked = _check_instance(model, data)
    elif data is None or isinstance(data, Mapping):
        text = pydantic_core.to_json(dump_value(dict(data or {})))
        checked = _validate_json(model, text)
    else:
        raise OutputError(f"A payload must be a mapping or a model, not a {type(data).__name__}.")
    state: dict[str, Any] = dump_value(checked, TypeAdapter(model))
    return state


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
        if not below or not any("extra" in nested.model_config for nested in _find_models(model, set())):
            raise
    return model.model_validate_json(text, by_alias=True, by_name=True)


def _find_models(annotation: Any, seen: set[type[BaseModel]]) -> set[type[BaseModel]]:
    """Return every model that an annotation contains."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation not in seen:
        seen.add(annotation)
        for field in annotation.model_fields.values():
            _find_models(field.annotation, seen)
    for argument in get_args(annotation):
        _find_models(argument, seen)
    return seen


def _describe_errors(model: type[BaseModel], data: Any, error: ValidationError) -> dict[str, list[str]]:
    secrets = {text for path in secret_paths(model) for text in _find_texts(data, path.split("."))}
    found: dict[str, list[str]] = {}
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        path = ".".join(str(part) for part in detail["loc"]) or NON_FIELD_ERRORS
        text = detail["msg"]
        if detail["type"] == "extra_forbidden":
            text = f"unknown field{did_you_mean(path, model.model_fields)}"
        if any(secret in text for secret in secrets):
            text = "invalid value (the reason is hidden because it contains a secret)"
        found.setdefault(path, []).append(text)
    return found


def _find_texts(data: Any, parts: list[str]) -> Iterator[str]:
    """Yield the texts at a secret path of the input."""
    if not parts:
        text = str(dump_value(data))
        if text:
            yield text
        return
    if isinstance(data, BaseModel):
        data = dict(data)
    if isinstance(data, Mapping):
        members = list(data.values()) if parts[0] == "*" else [data[parts[0]]] if parts[0] in data else []
    else:
        members = list(data) if parts[0] == "*" and isinstance(data, list | tuple) else []
    for member in members:
        yield from _find_texts(member, parts[1:])
