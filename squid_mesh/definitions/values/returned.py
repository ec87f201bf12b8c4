"""What a step returned, read by its return annotation: the validated value is what is stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pydantic_core
from pydantic import TypeAdapter, ValidationError

from squid_mesh.definitions.values.carried import find_carried
from squid_mesh.definitions.values.output import OutputError, dump_declared, dump_value
from squid_mesh.definitions.values.payload import format_location, hide_secrets
from squid_mesh.definitions.values.secrets import secret_paths


class Returned(NamedTuple):
    """A returned value as its annotation reads it, and the JSON that is stored."""

    value: Any
    stored: Any


class InvalidReturn(OutputError):
    """The value isn't what the step declares to return. ``errors``: the messages by path."""

    def __init__(self, annotation: Any, errors: Mapping[str, str]) -> None:
        self.expected = getattr(annotation, "__name__", None) or str(annotation)
        self.errors = dict(errors)
        listed = "; ".join(f"{path}: {message}" for path, message in self.errors.items())
        super().__init__(f"The returned value is not what the step declares, {self.expected}: {listed}")


def read_returned(value: Any, adapter: TypeAdapter[Any] | None, annotation: Any) -> Returned:
    """Return the value as the adapter of the annotation reads it. Without an adapter every value is right.

    Raises:
        InvalidReturn: it isn't what the annotation says.
        OutputError: it can't be stored as JSON.
    """
    if adapter is None:
        return Returned(value, dump_value(value))
    try:
        return _read(adapter.validate_python(value, by_alias=True, by_name=True), adapter)
    except ValidationError as error:
        raise InvalidReturn(annotation, describe_errors(error, value, annotation)) from None


def _read(checked: Any, adapter: TypeAdapter[Any]) -> Returned:
    if isinstance(checked, Iterator):  # pydantic validates the members of an Iterable when they are read
        members = list(checked)
        return Returned(members, dump_value(members))
    stored = dump_declared(checked, adapter)
    if stored is None:  # a member was changed after its model was created, or comes from a wrong default
        text = pydantic_core.to_json(dump_value(checked))
        checked = adapter.validate_json(text, by_alias=True, by_name=True)
        return Returned(checked, dump_value(checked, adapter))
    return Returned(checked, stored.value)


def read_json(value: Any, adapter: TypeAdapter[Any], annotation: Any) -> Any:
    """Return a JSON value, such as a person enters, as the annotation reads it. Raises as above."""
    try:
        text = pydantic_core.to_json(dump_value(value))
        return adapter.validate_json(text, by_alias=True, by_name=True)
    except ValidationError as error:
        raise InvalidReturn(annotation, describe_errors(error, value, annotation)) from None


def describe_errors(error: ValidationError, value: Any, annotation: Any) -> dict[str, str]:
    """Return pydantic's messages by path. None repeats a secret of the value."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    texts = find_carried(value, secret_paths(annotation, by_alias=True)).texts
    return {format_location(one["loc"], texts): hide_secrets(one["msg"], texts) for one in found}
