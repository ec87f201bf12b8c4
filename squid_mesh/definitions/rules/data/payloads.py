"""Rules about payload models."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BaseModel, RootModel, TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from squid_mesh.definitions.compiler.draft import Draft
from squid_mesh.definitions.problems import Problem
from squid_mesh.definitions.values.output import OutputError, dump_value
from squid_mesh.definitions.values.payload import collect_types
from squid_mesh.definitions.values.secrets import hints_of


def check_model(draft: Draft) -> Iterator[Problem]:
    """A payload is a pydantic model with fields and resolvable annotations."""
    for label, model in _list_models(draft):
        if not inspect.isclass(model) or not issubclass(model, BaseModel) or model is BaseModel:
            yield draft.problem(f"{label} is {model!r}; use a subclass of pydantic's BaseModel")
        elif issubclass(model, RootModel):
            yield draft.problem(f"{label} is a RootModel, which has no fields; use a BaseModel")
        elif not _is_complete(model):
            text = "has an annotation that can't be resolved; import or define the name above it"
            yield draft.problem(f"{label} {text}")


def check_defaults(draft: Draft) -> Iterator[Problem]:
    """A default is valid for its own field."""
    for label, model in _list_models(draft):
        for name, error in _find_default_errors(model):
            yield draft.problem(f"the default of {name} in {label} is invalid: {error}")


def check_form_defaults(draft: Draft) -> Iterator[Problem]:
    """The same holds for the forms of approvals."""
    for step, request in draft.requests.items():
        for name, error in _find_default_errors(request.form):
            yield draft.problem(f"its form's default of {name} is invalid: {error}", step=step)


def _find_default_errors(model: Any) -> Iterator[tuple[str, str]]:
    """Yield the invalid defaults of a model and of the models in it, by field."""
    if not inspect.isclass(model) or not issubclass(model, BaseModel) or model is BaseModel:
        return
    if not _is_complete(model):
        return
    found: set[type[Any]] = set()
    collect_types(model, found)
    for kind in sorted(found, key=lambda kind: (kind is not model, kind.__qualname__)):
        prefix = "" if kind is model else f"{kind.__name__}."
        for name, default, annotation in _list_defaults(kind):
            error = _find_default_error(default, annotation)
            if error:
                yield f"{prefix}{name}", error


def _list_defaults(kind: type[Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yield the fields of a model or a dataclass that have a default: name, default and annotation."""
    fields: dict[str, FieldInfo] = getattr(kind, "__pydantic_fields__", {})
    for name, field in fields.items():
        metadata = (field.annotation, *field.metadata)
        yield name, field.default, Annotated[metadata] if field.metadata else field.annotation
    if not fields and dataclasses.is_dataclass(kind):
        hints = hints_of(kind)
        for one in dataclasses.fields(kind):
            if one.default is not dataclasses.MISSING and not isinstance(one.default, FieldInfo):
                yield one.name, one.default, hints.get(one.name, Any)


def _list_models(draft: Draft) -> list[tuple[str, Any]]:
    """Return each payload model once, with its description."""
    shared = getattr(draft.cls, "Payload", None)
    found: dict[int, tuple[str, Any]] = {}
    for name, model in draft.payload_models.items():
        label = "its Payload" if model is shared else f"the payload of trigger {name!r}"
        found.setdefault(id(model), (label, model))
    if shared is not None:
        found.setdefault(id(shared), ("its Payload", shared))
    return list(found.values())


def _is_complete(model: type[BaseModel]) -> bool:
    if not model.__pydantic_complete__:
        model.model_rebuild(raise_errors=False)
    return model.__pydantic_complete__


def _find_default_error(default: Any, annotation: Any) -> str | None:
    if default is PydanticUndefined:
        return None
    try:
        adapter = TypeAdapter(annotation)
    except (PydanticUserError, NameError):  # only the whole model can validate it; starts do
        return None
    try:
        adapter.validate_python(default)
        dump_value(default, adapter)
    except ValidationError as error:
        return f"{error.errors()[0]['msg']}; change the default or the annotation"
    except OutputError as error:
        return f"{error}; change the default"
    return None
