"""Rules about the code behind steps, guards and assignees: it is stored by path and called by name."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from squid_mesh.definitions.compiler.draft import Draft
from squid_mesh.definitions.compiler.importable import find_import_error
from squid_mesh.definitions.declare.step import Step
from squid_mesh.definitions.problems import Problem
from squid_mesh.definitions.values.signature import UnusableSignature, read_signature


def target_is_code(draft: Draft) -> Iterator[Problem]:
    """A step is a function or a subclass of ``Step``."""
    for name, declared in draft.steps.items():
        target = declared.target
        if isinstance(target, Step):
            text = f"its target is an instance of {type(target).__name__}; give the class itself"
            yield draft.problem(text, step=name)
        elif inspect.isclass(target) and not issubclass(target, Step):
            text = (
                f"its target is the class {target.__name__}; make it a subclass of Step, or give a function"
            )
            yield draft.problem(text, step=name)
        elif not callable(target):
            yield draft.problem(f"its target is {target!r}; give a named function", step=name)


def target_can_be_imported(draft: Draft) -> Iterator[Problem]:
    """The target is found again by its dotted path."""
    for name, declared in draft.steps.items():
        if callable(declared.target) and not isinstance(declared.target, Step):
            fault = find_import_error(declared.target, draft.cls)
            if fault:
                yield draft.problem(f"its target {fault}", step=name)


def step_class_can_run(draft: Draft) -> Iterator[Problem]:
    """A ``Step`` class has a ``run`` and is made without arguments."""
    for name, declared in draft.steps.items():
        target = declared.target
        if not inspect.isclass(target) or not issubclass(target, Step):
            continue
        if not inspect.isfunction(inspect.getattr_static(target, "run", None)):
            text = f"its class {target.__name__} has no run method; define run(self, …)"
            yield draft.problem(text, step=name)
        if any(p.default is p.empty for p in _init_parameters(target)):
            text = f"its class {target.__name__} can't be made without arguments; give __init__ defaults"
            yield draft.problem(text, step=name)


def _init_parameters(target: type) -> list[inspect.Parameter]:
    parameters = inspect.signature(target).parameters.values()
    return [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]


def target_can_be_bound(draft: Draft) -> Iterator[Problem]:
    """The target's parameters have names and types."""
    for name, declared in draft.steps.items():
        for fault in _signature_faults(declared.target):
            yield draft.problem(f"its function {fault}", step=name)


def guard_can_be_asked(draft: Draft) -> Iterator[Problem]:
    """``when=`` is a plain, named function."""
    for name, declared in draft.steps.items():
        for fault in _question_faults(declared.when, draft.cls):
            yield draft.problem(f"its when= {fault}", step=name)


def assignee_can_be_asked(draft: Draft) -> Iterator[Problem]:
    """``assignee=`` is a plain, named function."""
    for name, request in draft.approvals.items():
        for fault in _question_faults(request.assignee, draft.cls):
            yield draft.problem(f"its assignee= {fault}", step=name)


def _question_faults(function: Any, owner: type) -> Iterator[str]:
    """Why a function that is asked about the state, if there is one, can't be."""
    if function is None:
        return
    if not callable(function):
        yield f"is {function!r}; give a named function"
        return
    fault = find_import_error(function, owner)
    if fault:
        yield fault
    if inspect.iscoroutinefunction(function):
        yield "is async; write a plain function"
    yield from _signature_faults(function)


def _signature_faults(target: Any) -> tuple[str, ...]:
    if not callable(target):  # another rule says so
        return ()
    try:
        read_signature(target)
    except UnusableSignature as error:
        return error.faults
    except AttributeError:  # a Step class without run: another rule says so
        return ()
    return ()
