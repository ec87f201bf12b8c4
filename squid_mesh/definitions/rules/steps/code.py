"""Rules about functions: steps, guards and assignees are stored by path and called by keyword."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic.fields import FieldInfo

from squid_mesh.definitions.compiler.draft import Draft
from squid_mesh.definitions.declare.step import Step
from squid_mesh.definitions.problems import Problem
from squid_mesh.definitions.rules.importable import find_import_error
from squid_mesh.definitions.values.mutable import describe_mutable_default, is_mutable
from squid_mesh.definitions.values.signature import (
    Signature,
    UnusableSignature,
    describe_misfit,
    list_parameters,
    read_signature,
)


def check_target_type(draft: Draft) -> Iterator[Problem]:
    """A step's target is a function or a subclass of ``Step``."""
    for name, declared in draft.steps.items():
        target = declared.target
        if isinstance(target, Step):
            text = f"its target is an instance of {type(target).__name__}; pass the class itself"
            yield draft.problem(text, step=name)
        elif inspect.isclass(target) and not issubclass(target, Step):
            text = (
                f"its target is the class {target.__name__}; make it a subclass of Step, or pass a function"
            )
            yield draft.problem(text, step=name)
        elif not callable(target):
            yield draft.problem(f"its target is {target!r}; pass a named function", step=name)


def check_target_import(draft: Draft) -> Iterator[Problem]:
    """The target can be imported by its path."""
    for name, declared in draft.steps.items():
        if callable(declared.target) and not isinstance(declared.target, Step):
            error = find_import_error(declared.target, draft.cls)
            if error:
                yield draft.problem(f"its target {error}", step=name)


def check_step_class(draft: Draft) -> Iterator[Problem]:
    """A ``Step`` class has a ``run`` method and an ``__init__`` without required arguments."""
    for name, declared in draft.steps.items():
        target = declared.target
        if not inspect.isclass(target) or not issubclass(target, Step):
            continue
        if not inspect.isfunction(inspect.getattr_static(target, "run", None)):
            text = f"its class {target.__name__} has no run method; define run(self, …)"
            yield draft.problem(text, step=name)
        for error in _find_default_errors(_init_parameters(target)):
            yield draft.problem(f"its class {target.__name__} {error}", step=name)
        if any(p.default is p.empty for p in _init_parameters(target)):
            text = f"its class {target.__name__} needs arguments; give the parameters of __init__ defaults"
            yield draft.problem(text, step=name)


def _init_parameters(target: type) -> list[inspect.Parameter]:
    parameters = inspect.signature(target).parameters.values()
    return [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]


def check_target_signature(draft: Draft) -> Iterator[Problem]:
    """The target's parameters can be passed by name and validated."""
    for name, declared in draft.steps.items():
        for error in _find_signature_errors(declared.target):
            yield draft.problem(f"its function {error}", step=name)


def check_guard(draft: Draft) -> Iterator[Problem]:
    """``when=`` is a plain, named function."""
    for name, declared in draft.steps.items():
        for error in _find_function_errors(declared.when, draft.cls):
            yield draft.problem(f"its when= {error}", step=name)


def check_assignee(draft: Draft) -> Iterator[Problem]:
    """``assignee=`` is a plain, named function."""
    for name, request in draft.approvals.items():
        for error in _find_function_errors(request.assignee, draft.cls):
            yield draft.problem(f"its assignee= {error}", step=name)


def _find_function_errors(function: Any, owner: type) -> Iterator[str]:
    """Yield why a guard or an assignee function can't be used. None is allowed."""
    if function is None:
        return
    if not callable(function):
        yield f"is {function!r}; pass a named function"
        return
    error = find_import_error(function, owner)
    if error:
        yield error
    if inspect.iscoroutinefunction(function):
        yield "is async; write a plain function"
    yield from _find_signature_errors(function)


def _find_signature_errors(target: Any) -> tuple[str, ...]:
    if not callable(target):  # another rule reports it
        return ()
    try:
        signature = read_signature(target)
    except UnusableSignature as error:
        return error.errors
    except AttributeError:  # a Step class without run; another rule reports it
        return ()
    parameters = list_parameters(target)
    return tuple(_find_default_errors(parameters)) or tuple(_find_misfits(parameters, signature))


def _find_misfits(parameters: Iterable[inspect.Parameter], signature: Signature) -> Iterator[str]:
    """Yield why a default isn't a value of its parameter's type."""
    for parameter in parameters:
        known = signature.parameters.get(parameter.name)
        if known is not None and known.has_default:
            misfit = describe_misfit(known, parameter.default)
            if misfit is not None:
                text = f"has a default of {parameter.name!r} that doesn't fit its annotation ({misfit})"
                yield f"{text}; change the default or the annotation"


def _find_default_errors(parameters: Iterable[inspect.Parameter]) -> Iterator[str]:
    """Yield why a default can't be used: all runs share the one value that the definition made."""
    for parameter in parameters:
        if isinstance(parameter.default, FieldInfo):
            yield f"has Field(…) as the default of {parameter.name!r}; write the default value itself"
        elif is_mutable(parameter.default):
            yield describe_mutable_default(parameter.name, parameter.default)
