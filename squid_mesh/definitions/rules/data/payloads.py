"""Rules about payload models."""

from __future__ import annotations

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


def payload_is_a_model(draft: Draft) -> Iterator[Problem]:
    """A payload is described by a complete pydantic model with fields."""
    for label, model in _payloads(draft):
        if not inspect.isclass(model) or not issubclass(model, BaseModel):
            yield draft.problem(f"{label} is {model!r}; make it a subclass of pydantic's BaseModel")
        elif issubclass(model, RootModel):
            yield draft.problem(f"{label} is a RootModel, which has no fields; use a BaseModel")
        elif not _is_complete(model):
            text = "has an annotation that can't be resolved; import or define the name before it"
            yield draft.problem(f"{label} {text}")


def payload_defaults_fit(draft: Draft) -> Iterator[Problem]:
    """A default is a value its own field would accept."""
    for label, model in _payloads(draft):
        if not inspect.isclass(model) or not issubclass(model, BaseModel) or not _is_complete(model):
            continue
        for name, field in model.model_fields.items():
            fault = _default_fault(field)
            if fault:
                yield draft.problem(f"{label}.{name} has a default that doesn't fit: {fault}")


def _payloads(draft: Draft) -> list[tuple[str, Any]]:
    """Each model once, with words for it."""
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


def _default_fault(field: FieldInfo) -> str | None:
    if field.default is PydanticUndefined:
        return None
    kind: Any = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
    try:
        adapter = TypeAdapter(kind)
    except PydanticUserError:  # what only its model can build is validated with the payload
        return None
    try:
        adapter.validate_python(field.default)
        dump_value(field.default, adapter)
    except ValidationError as error:
        return f"{error.errors()[0]['msg']}; change the default or the annotation"
    except OutputError as error:
        return f"{error}; change the default"
    return None
