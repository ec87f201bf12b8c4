"""Rules about the arguments of ``step(...)``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from squid_mesh.definitions.choices import ON_CRASH
from squid_mesh.definitions.compiler.draft import Draft
from squid_mesh.definitions.problems import Problem, did_you_mean, join_quoted
from squid_mesh.definitions.rules.durations import find_duration_error


def check_on_crash(draft: Draft) -> Iterator[Problem]:
    """``on_crash=`` has a known value."""
    for name, declared in draft.steps.items():
        word = declared.on_crash
        if word is not None and word not in ON_CRASH:
            text = (
                f"its on_crash= is {word!r}{did_you_mean(word, ON_CRASH)}; use one of {join_quoted(ON_CRASH)}"
            )
            yield draft.problem(text, step=name)


def check_irreversible(draft: Draft) -> Iterator[Problem]:
    """``irreversible=`` is a bool."""
    for name, declared in draft.steps.items():
        given: Any = declared.irreversible
        if not isinstance(given, bool):
            yield draft.problem(f"its irreversible= is {given!r}; use True or False", step=name)


def check_timeout(draft: Draft) -> Iterator[Problem]:
    """``timeout=`` is a duration."""
    for name, declared in draft.steps.items():
        error = None if declared.timeout is None else find_duration_error(declared.timeout)
        if error:
            yield draft.problem(f"its timeout= {error}", step=name)


def check_input(draft: Draft) -> Iterator[Problem]:
    """``input=`` maps parameters of the step or its guard to paths in the state."""
    for name, declared in draft.steps.items():
        given: Any = declared.input
        if given is None:
            continue
        if not isinstance(given, Mapping):
            text = f"its input= is {given!r}; use a dict from parameter to path"
            yield draft.problem(text, step=name)
            continue
        for parameter, path in given.items():
            error = _find_parameter_error(draft, name, parameter)
            if error:
                yield draft.problem(f"its input= {error}", step=name)
            if not isinstance(path, str) or not all(path.split(".")):
                text = f"its input= maps {parameter!r} to {path!r}; use a path such as 'invoice.total'"
                yield draft.problem(text, step=name)


def _find_parameter_error(draft: Draft, name: str, parameter: Any) -> str | None:
    if name not in draft.signatures:
        return None
    asked = [sig for sig in (draft.signatures.get(name), draft.guards.get(name)) if sig is not None]
    if any(parameter in signature.parameters for signature in asked):
        return None
    if any(parameter == signature.context for signature in asked):
        return f"maps {parameter!r}, which takes the StepContext; remove it"
    known = [known for signature in asked for known in signature.parameters]
    hint = did_you_mean(parameter, known)
    return f"maps {parameter!r}, which is not a parameter of its function{hint}; it has {join_quoted(known)}"


def check_output(draft: Draft) -> Iterator[Problem]:
    """``output=`` is a key, not a path."""
    for name, declared in draft.steps.items():
        key: Any = declared.output
        if key is not None and (not isinstance(key, str) or not key or "." in key):
            text = f"its output= is {key!r}; use one key without dots, such as 'invoice'"
            yield draft.problem(text, step=name)
