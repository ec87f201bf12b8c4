"""Rules about the arguments of ``step(...)``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from squid_mesh.definitions.compiler.draft import Draft
from squid_mesh.definitions.problems import Problem, did_you_mean, join_quoted
from squid_mesh.definitions.rules.durations import find_duration_error


def on_crash_is_known(draft: Draft) -> Iterator[Problem]:
    """``on_crash=`` is one of two words."""
    for name, declared in draft.steps.items():
        word = declared.on_crash
        if word is not None and word not in ("retry", "pause"):
            hint = did_you_mean(word, ("retry", "pause"))
            yield draft.problem(f"its on_crash= is {word!r}{hint}; write 'retry' or 'pause'", step=name)


def timeout_is_a_time(draft: Draft) -> Iterator[Problem]:
    """``timeout=`` is a length of time."""
    for name, declared in draft.steps.items():
        fault = None if declared.timeout is None else find_duration_error(declared.timeout)
        if fault:
            yield draft.problem(f"its timeout= {fault}", step=name)


def input_maps_parameters(draft: Draft) -> Iterator[Problem]:
    """``input=`` maps parameters of the step or its guard to dotted paths."""
    for name, declared in draft.steps.items():
        given: Any = declared.input
        if given is None:
            continue
        if not isinstance(given, Mapping):
            text = f"its input= is {given!r}; write a dict from parameter to path"
            yield draft.problem(text, step=name)
            continue
        for parameter, path in given.items():
            fault = _parameter_fault(draft, name, parameter)
            if fault:
                yield draft.problem(f"its input= {fault}", step=name)
            if not isinstance(path, str) or not all(path.split(".")):
                text = f"its input= maps {parameter!r} to {path!r}; write a path such as 'invoice.total'"
                yield draft.problem(text, step=name)


def _parameter_fault(draft: Draft, name: str, parameter: Any) -> str | None:
    if name not in draft.signatures:
        return None
    asked = [sig for sig in (draft.signatures.get(name), draft.guards.get(name)) if sig is not None]
    if any(parameter in signature.parameters for signature in asked):
        return None
    if any(parameter == signature.context for signature in asked):
        return f"maps {parameter!r}, which takes the StepContext; leave it out"
    known = [known for signature in asked for known in signature.parameters]
    hint = did_you_mean(parameter, known)
    return f"maps {parameter!r}, which is no parameter of its function{hint}; it has {join_quoted(known)}"


def output_is_a_key(draft: Draft) -> Iterator[Problem]:
    """``output=`` is one key, not a path."""
    for name, declared in draft.steps.items():
        key: Any = declared.output
        if key is not None and (not isinstance(key, str) or not key or "." in key):
            text = f"its output= is {key!r}; give one key without dots, such as 'invoice'"
            yield draft.problem(text, step=name)
