"""A step's code, found by its path, and its return value as it is stored."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from pydantic import TypeAdapter

from squid_mesh.definitions.blueprint import OK, StepBlueprint
from squid_mesh.definitions.code_paths import CodeMissing, load_code
from squid_mesh.definitions.declare.workflow import Step
from squid_mesh.definitions.values.mutable import copy_class_state
from squid_mesh.definitions.values.output import OutputError
from squid_mesh.definitions.values.returned import Returned, read_returned
from squid_mesh.definitions.values.signature import Signature


def load_callable(path: str) -> Callable[..., Any]:
    """Return what to call for a step: a function, or the ``run`` of a new Step. Raises CodeMissing."""
    target: Any = load_code(path)
    if inspect.isclass(target) and issubclass(target, Step):
        instance = target()
        copy_class_state(instance)
        target = getattr(instance, "run", None)
    if not callable(target):
        raise CodeMissing(path)
    code: Callable[..., Any] = target
    return code


def find_adapter(shape: Signature, label: str, *, in_outcome: bool) -> TypeAdapter[Any] | None:
    """Return what reads a value that was returned with that label; None if nothing declares it."""
    if in_outcome and shape.labelled is not None:
        return shape.labelled
    return shape.returns if label == OK else None


def read_output(
    step: StepBlueprint, value: Any, adapter: TypeAdapter[Any] | None, annotation: Any
) -> Returned:
    """Return the value and the JSON that the step may write. Raises OutputError."""
    returned = read_returned(value, adapter, annotation)
    if step.output is None and returned.stored is not None and not isinstance(returned.stored, dict):
        kind = type(value).__name__
        raise OutputError(f"The step returned {kind}, which can't be merged: give the step output='…'.")
    return returned
