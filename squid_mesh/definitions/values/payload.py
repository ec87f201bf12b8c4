"""What starts a run: the payload, validated by its trigger's model into the first state."""

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

#: Under which key an error stands that belongs to no single field.
NON_FIELD_ERRORS = "__all__"


class EmptyPayload(BaseModel):
    """The payload of a trigger whose workflow declares none."""


def validate_payload(model: type[BaseModel], data: Any, workflow: str, trigger: str) -> dict[str, Any]:
    """The payload as JSON-ready state, defaults filled in, secrets as they are.

    ``data`` is a mapping, an instance of the model, or None for an empty one. A field the model doesn't
    know is refused, unless its ``model_config`` sets ``extra``.

    Raises:
        PayloadError: what doesn't fit, by field; no message repeats a secret.
    """
    try:
        return _validated(model, data)
    except ValidationError as error:
        raise PayloadError(workflow, trigger, _errors(model, data, error)) from None
    except OutputError as error:
        raise PayloadError(workflow, trigger, {NON_FIELD_ERRORS: [str(error)]}) from None


def _validated(model: type[BaseModel], data: Any) -> dict[str, Any]:
    if isinstance(data, model):
        checked = _unchanged(model, data)
    elif data is None or isinstance(data, Mapping):
        text = pydantic_core.to_json(dump_value(dict(data or {})))
        checked = _accepted(model, text)
    else:
        raise OutputError(f"A payload is a mapping of fields, not a {type(data).__name__}.")
    state: dict[str, Any] = dump_value(checked, TypeAdapter(model))
    return state


def _unchanged(model: type[BaseModel], data: BaseModel) -> BaseModel:
    """The instance; one with a value of another type, set after it was validated, is validated once more."""
    adapter = TypeAdapter(model)
    try:
        adapter.dump_python(data, warnings="error")
    except PydanticSerializationError:
        return _accepted(model, pydantic_core.to_json(dump_value(data, adapter)))
    return data


def _accepted(model: type[BaseModel], text: bytes) -> BaseModel:
    if "extra" in model.model_config:
        return model.model_validate_json(text, by_alias=True, by_name=True)
    try:
        return model.model_validate_json(text, extra="forbid", by_alias=True, by_name=True)
    except ValidationError as error:
        # Refusing unknown fields goes for nested models too, even for those that ask for them.
        below = all(e["type"] == "extra_forbidden" and len(e["loc"]) > 1 for e in error.errors())
        if not below or not any("extra" in nested.model_config for nested in _nested(model, set())):
            raise
    return model.model_validate_json(text, by_alias=True, by_name=True)


def _nested(annotation: Any, seen: set[type[BaseModel]]) -> set[type[BaseModel]]:
    """Every model that an annotation reaches."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation not in seen:
        seen.add(annotation)
        for field in annotation.model_fields.values():
            _nested(field.annotation, seen)
    for argument in get_args(annotation):
        _nested(argument, seen)
    return seen


def _errors(model: type[BaseModel], data: Any, error: ValidationError) -> dict[str, list[str]]:
    secrets = {text for path in secret_paths(model) for text in _texts(data, path.split("."))}
    found: dict[str, list[str]] = {}
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        path = ".".join(str(part) for part in detail["loc"]) or NON_FIELD_ERRORS
        text = detail["msg"]
        if detail["type"] == "extra_forbidden":
            text = f"unknown field{did_you_mean(path, model.model_fields)}"
        if any(secret in text for secret in secrets):
            text = "not valid (the reason would show a secret)"
        found.setdefault(path, []).append(text)
    return found


def _texts(data: Any, parts: list[str]) -> Iterator[str]:
    """The texts that stand at a secret path of the input."""
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
        yield from _texts(member, parts[1:])
