"""Rules about ``wait(...)`` and ``log(...)``. A step that meets them can't fail."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from string import Formatter
from typing import Any

from squid_mesh.definitions import builtins
from squid_mesh.definitions.compiler.draft import Draft
from squid_mesh.definitions.declare.step import StepDeclaration
from squid_mesh.definitions.problems import Problem, did_you_mean, join_quoted
from squid_mesh.definitions.rules.data.inputs import find_missing_key
from squid_mesh.definitions.rules.durations import find_duration_error
from squid_mesh.definitions.values.paths import ANY_DEPTH, follow_path, parse_path
from squid_mesh.definitions.values.secrets import secret_paths
from squid_mesh.definitions.values.signature import UNKNOWN

_LEVELS = tuple(name.lower() for name in logging.getLevelNamesMapping() if name != "NOTSET")


def check_wait(draft: Draft) -> Iterator[Problem]:
    """A wait has a duration with a unit."""
    for name, declared in _find_steps(draft, builtins.wait):
        options = declared.options
        for unit, number in options.get("wrong_units", {}).items():
            yield draft.problem(f"its {unit}= is {number!r}; use a number", step=name)
        if "delay" in options:
            text = (
                f"its delay is {options['delay']!r}, without a unit; write wait(seconds=…), hours= or days="
            )
            yield draft.problem(text, step=name)
        elif "seconds" in options:  # not if a unit is wrong
            error = find_duration_error(options["seconds"])
            if error:
                yield draft.problem(f"its delay {error}", step=name)


def check_log(draft: Draft) -> Iterator[Problem]:
    """A log message can be formatted, and its level exists."""
    for name, declared in _find_steps(draft, builtins.log):
        message, level = declared.options["message"], declared.options["level"]
        if not isinstance(message, str) or not message.strip():
            yield draft.problem(f"its message is {message!r}; use a non-empty string", step=name)
        elif _parse_paths(message) is None:
            text = f"its message {message!r} has a single brace; close it, or write {{{{ for a literal brace"
            yield draft.problem(text, step=name)
        if not isinstance(level, str) or level.lower() not in _LEVELS:
            text = f"its level is {level!r}{did_you_mean(level, _LEVELS)}; use one of {join_quoted(_LEVELS)}"
            yield draft.problem(text, step=name)


def _find_steps(draft: Draft, target: Callable[..., Any]) -> Iterator[tuple[str, StepDeclaration]]:
    """Yield the steps with that code, by name. Other built-in steps may have options of the same names."""
    for name, declared in draft.steps.items():
        if declared.target is target:
            yield name, declared


def _parse_paths(message: str) -> list[str] | None:
    """Return the paths in a message, or None if it can't be parsed."""
    try:
        parsed = list(Formatter().parse(message))
    except ValueError:
        return None
    if any(conversion not in (None, "r", "s", "a") for *_, conversion in parsed):
        return None
    return [field for _, field, _, _ in parsed if field is not None]


def _list_paths(draft: Draft) -> Iterator[tuple[str, str]]:
    """Yield each log step with each path in its message. A graph with cycles is not checked."""
    if draft.graph.acyclic:
        for name, declared in _find_steps(draft, builtins.log):
            message = declared.options["message"]
            for path in (_parse_paths(message) or []) if isinstance(message, str) else []:
                yield name, path


def check_log_paths(draft: Draft) -> Iterator[Problem]:
    """A path in a message starts with a key that the state may have."""
    for name, path in _list_paths(draft):
        error = find_missing_key(draft, name, path.split(".")[0])
        if error:
            yield draft.problem(f"its message contains {{{path}}}, but {error}", step=name)


def check_log_secrets(draft: Draft) -> Iterator[Problem]:
    """No path in a message leads to a secret, or to a value that contains one.

    Below a recursive type the secrets' depth isn't known; the step masks those when it logs.
    """
    for name, path in _list_paths(draft):
        for secret in _find_secrets(draft, name):
            remaining = follow_path([parse_path(secret)], path.split("."))
            if any(not rest or rest[0] != ANY_DEPTH for rest in remaining):
                text = f"its message would log the secret {secret!r}; remove {{{path}}}"
                yield draft.problem(text, step=name)


def _find_secrets(draft: Draft, name: str) -> list[str]:
    """Return the paths in the state that may contain secrets when a step starts."""
    found = [path for model in draft.payload_models.values() for path in secret_paths(model)]
    for writer in draft.graph.writers[name]:
        returned = draft.return_type(writer)
        if returned is UNKNOWN:
            continue
        key = draft.steps[writer].output
        paths = secret_paths(returned)
        found += [".".join(part for part in (key, path) if part) for path in paths]
    return sorted(set(found))
