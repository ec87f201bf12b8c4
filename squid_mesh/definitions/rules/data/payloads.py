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
        if not inspect.isclass(model) or not issubclass(model, BaseModel) or model is BaseModel:
            continue
        if not _is_complete(model):
            continue
        for name, field in model.model_fields.items():
            error = _find_default_error(field)
            if error:
                yield draft.problem(f"the default of {name} in {label} is invalid: {error}")


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


def _find_default_error(field: FieldInfo) -> str | None:
    if field.default is PydanticUndefined:
        return None
    kind: Any = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
    try:
        adapter = TypeAdapter(kind)
    except PydanticUserError:  # only the whole model can validate it; the payload is validated anyway
        return None
    try:
        adapter.validate_python(field.default)
        dump_value(field.default, adapter)
    except ValidationError as error:
        return f"{error.errors()[0]['msg']}; change the default or the annotation"
    except OutputError as error:
        return f"{error}; change the default"
    return None
