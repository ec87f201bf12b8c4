"""Validation of payloads: the trigger's model turns the caller's data into the run's first state."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Final, get_args, get_origin

import pydantic_core
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError
from pydantic_core import PydanticSerializationError

from squid_mesh.definitions.problems import did_you_mean
from squid_mesh.definitions.values.carried import Carried, find_carried
from squid_mesh.definitions.values.defaults import Default, Place, find_defaults, list_differences
from squid_mesh.definitions.values.limits import UNLIMITED, ValueLimit
from squid_mesh.definitions.values.output import OutputError, TooDeep, dump_given, dump_value, type_any
from squid_mesh.definitions.values.paths import ANY_KEY
from squid_mesh.definitions.values.secrets import hints_of, secret_paths
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
    """A payload as JSON-ready state, with secrets in plain text, and the secrets that were given with it.

    ``given`` is what the caller gave, ``value`` what the model made of it.
    """

    state: dict[str, Any]
    carried: Carried
    given: Any
    value: BaseModel

    def list_defaults(self) -> list[Default]:
        """Return the values that the caller didn't give."""
        return find_defaults(self.value, dump_given(self.given))


def validate_payload(
    model: type[BaseModel], data: Any, workflow: str, trigger: str, limit: ValueLimit = UNLIMITED
) -> CheckedPayload:
    """Return the payload as it is stored, with defaults filled in.

    ``data`` is a mapping, an instance of the model, or None for an empty payload. Unknown fields are
    rejected, unless the model's ``model_config`` sets ``extra``.

    Raises:
        PayloadError: the errors by field. No message repeats a secret.
        LimitExceeded: it is too large or too deep.
    """
    limit.check_depth(data)
    try:
        return _validate(model, data, limit)
    except TooDeep as error:
        raise limit.too_deep(error.levels) from None
    except ValidationError as error:
        raise PayloadError(workflow, trigger, _describe_errors(model, data, error)) from None
    except InvalidDefaults as error:
        raise PayloadError(workflow, trigger, error.errors) from None
    except OutputError as error:
        raise PayloadError(workflow, trigger, {NON_FIELD_ERRORS: [str(error)]}) from None


def _validate(model: type[BaseModel], data: Any, limit: ValueLimit) -> CheckedPayload:
    if isinstance(data, model):
        checked = _check_instance(model, data)
    elif data is None or isinstance(data, Mapping):
        dumped = dump_value(dict(data or {}))
        limit.check(dumped)
        checked = _validate_json(model, pydantic_core.to_json(dumped))
    else:
        raise OutputError(f"A payload must be a mapping or a model, not a {type(data).__name__}.")
    if has_factories(model):
        _check_computed_defaults(find_defaults(checked, dump_given(data)))
    state: dict[str, Any] = dump_value(checked, _adapter_of(model))
    limit.check(state)
    carried = find_carried(data) | find_carried(checked)
    return CheckedPayload(state=state, carried=carried, given=data, value=checked)


@lru_cache(maxsize=1024)
def _adapter_of(model: type[BaseModel]) -> TypeAdapter[Any]:
    return TypeAdapter(model)


@lru_cache(maxsize=1024)
def has_factories(model: type[BaseModel]) -> bool:
    """Return whether some default of the model, or of one in it, is computed."""
    fields = [field for kind in find_models(model) for field in kind.model_fields.values()]
    return any(field.default_factory is not None for field in fields)


class InvalidDefaults(Exception):
    """Computed defaults that don't fit their own fields. ``errors``: messages by path."""

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        super().__init__(str(errors))
        self.errors = errors


def _check_computed_defaults(defaults: Iterable[Default]) -> None:
    """Raise InvalidDefaults if a factory made a value that doesn't fit its field.

    Pydantic doesn't validate defaults. Those that are constants are checked with the definition.
    """
    errors: dict[str, list[str]] = {}
    for default in defaults:
        if default.owner is None or default.owner.model_fields[default.place[-1]].default_factory is None:
            continue
        try:
            _read_field(default.owner, default.place[-1]).validate_python(default.value)
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False, include_input=False)
            errors[".".join(default.place)] = [f"its default is invalid: {one['msg']}" for one in found]
    if errors:
        raise InvalidDefaults(errors)


@lru_cache(maxsize=1024)
def _read_field(model: type[BaseModel], name: str) -> TypeAdapter[Any]:
    """Return what validates a value of the field alone; anything if only its whole model can."""
    field = model.model_fields[name]
    annotation: Any = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
    try:
        return TypeAdapter(annotation)
    except (PydanticUserError, NameError):
        return type_any


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
        if not below or not any("extra" in nested.model_config for nested in find_models(model)):
            raise
    return model.model_validate_json(text, by_alias=True, by_name=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPayload:
    """A payload as it is stored, and the places of what its defaults made."""

    state: Mapping[str, Any]
    by_default: Set[Place]


def compare_payloads(model: type[BaseModel], first: StoredPayload, again: StoredPayload) -> list[str]:
    """Return the fields in which two payloads of the model differ, apart from what defaults made.

    Two texts that the model reads as equal values are the same: a time in another zone, ``1.0`` and ``1.00``
    of a ``Decimal``.
    """
    different = _list_differences(first, again)
    if not different:
        return []
    try:
        return _list_differences(_read_values(model, first), _read_values(model, again))
    except (ValidationError, PydanticSerializationError):  # the model has changed meanwhile
        return different


def _list_differences(first: StoredPayload, again: StoredPayload) -> list[str]:
    return list_differences(first.state, again.state, first.by_default, again.by_default)


def _read_values(model: type[BaseModel], stored: StoredPayload) -> StoredPayload:
    """Return the payload with Python's values in place of JSON's."""
    value = _validate_json(model, pydantic_core.to_json(stored.state))
    added = {default.place for default in find_defaults(value, stored.state)}
    state = value.model_dump(round_trip=True, by_alias=False, warnings=False)
    return StoredPayload(state=state, by_default=stored.by_default | added)


def find_models(annotation: Any) -> set[type[BaseModel]]:
    """Return every model that an annotation contains."""
    found: set[type[Any]] = set()
    collect_types(annotation, found)
    return {kind for kind in found if issubclass(kind, BaseModel)}


def collect_types(annotation: Any, found: set[type[Any]]) -> None:
    """Add every model and dataclass that an annotation contains."""
    kind = annotation if isinstance(annotation, type) else get_origin(annotation)
    if isinstance(kind, type) and kind not in found:
        members: Iterable[Any] = ()
        if issubclass(kind, BaseModel):
            members = [field.annotation for field in kind.model_fields.values()]
            found.add(kind)
        elif dataclasses.is_dataclass(kind):
            found.add(kind)
            members = hints_of(kind).values()
        for member in members:
            collect_types(member, found)
    for argument in get_args(annotation):
        collect_types(argument, found)


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
