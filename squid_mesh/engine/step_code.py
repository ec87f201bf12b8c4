"""A step's code, found by its path, and its return value as it is stored."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from pydantic import TypeAdapter

from squid_mesh.definitions.blueprint import StepBlueprint
from squid_mesh.definitions.code_paths import CodeMissing, load_code
from squid_mesh.definitions.declare.workflow import Step
from squid_mesh.definitions.values.output import OutputError, dump_value
from squid_mesh.store.values import Json


def load_callable(path: str) -> Callable[..., Any]:
    """Return what to call for a step: a function, or the ``run`` of a new Step. Raises CodeMissing."""
    target: Any = load_code(path)
    if inspect.isclass(target) and issubclass(target, Step):
        target = getattr(target(), "run", None)
    if not callable(target):
        raise CodeMissing(path)
    code: Callable[..., Any] = target
    return code


def dump_output(step: StepBlueprint, value: Any, adapter: TypeAdapter[Any] | None) -> Json:
    """Return the value as JSON that the step may write. Raises OutputError."""
    output: Json = dump_value(value, adapter)
    if step.output is None and output is not None and not isinstance(output, dict):
        kind = type(value).__name__
        raise OutputError(f"The step returned {kind}, which can't be merged: give the step output='…'.")
    return output
