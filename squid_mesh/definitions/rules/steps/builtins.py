"""Rules about ``wait(...)`` and ``log(...)``, which can't fail once these hold."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from string import Formatter

from squid_mesh.definitions.compiler.draft import Draft
from squid_mesh.definitions.problems import Problem, did_you_mean
from squid_mesh.definitions.rules.data.inputs import missing_from
from squid_mesh.definitions.rules.durations import find_duration_error
from squid_mesh.definitions.values.secrets import secret_paths
from squid_mesh.definitions.values.signature import UNKNOWN

_LEVELS = tuple(name.lower() for name in logging.getLevelNamesMapping() if name != "NOTSET")


def wait_takes_time(draft: Draft) -> Iterator[Problem]:
    """A wait has a length, with a unit."""
    for name, declared in draft.steps.items():
        options = declared.options
        if "delay" in options:
            text = f"its delay is {options['delay']!r} without a unit; write wait(seconds=…), hours= or days="
            yield draft.problem(text, step=name)
        elif "seconds" in options:
            fault = find_duration_error(options["seconds"])
            if fault:
                yield draft.problem(f"its delay {fault}", step=name)


def log_says_something(draft: Draft) -> Iterator[Problem]:
    """A log line has a text that can be filled in, and a level that exists."""
    for name, declared in draft.steps.items():
        if "message" not in declared.options:
            continue
        message, level = declared.options["message"], declared.options["level"]
        if not isinstance(message, str) or not message.strip():
            yield draft.problem(f"its message is {message!r}; write a text", step=name)
        elif _paths(message) is None:
            text = f"its message {message!r} has a brace that doesn't close; write {{{{ for a plain one"
            yield draft.problem(text, step=name)
        if not isinstance(level, str) or level.lower() not in _LEVELS:
            text = f"its level is {level!r}{did_you_mean(level, _LEVELS)}; write one of {', '.join(_LEVELS)}"
            yield draft.problem(text, step=name)


def _paths(message: str) -> list[str] | None:
    """The paths in a message, or None if it can't be read."""
    try:
        parsed = list(Formatter().parse(message))
    except ValueError:
        return None
    if any(conversion not in (None, "r", "s", "a") for *_, conversion in parsed):
        return None
    return [field for _, field, _, _ in parsed if field is not None]


def _messages(draft: Draft) -> Iterator[tuple[str, str]]:
    """Each log step with each path in its message, where the graph can be read."""
    if draft.graph.acyclic:
        for name, declared in draft.steps.items():
            message = declared.options.get("message")
            for path in (_paths(message) or []) if isinstance(message, str) else []:
                yield name, path


def log_names_what_is_there(draft: Draft) -> Iterator[Problem]:
    """A path in a message starts at a key that the state may hold."""
    for name, path in _messages(draft):
        missing = missing_from(draft, name, path.split(".")[0])
        if missing:
            yield draft.problem(f"its message names {{{path}}}, but {missing}", step=name)


def log_tells_no_secret(draft: Draft) -> Iterator[Problem]:
    """No path in a message leads to a secret, or to something that holds one."""
    for name, path in _messages(draft):
        for secret in _secrets_before(draft, name):
            pairs = zip(path.split("."), secret.split("."), strict=False)
            if all(part == hidden or hidden == "*" for part, hidden in pairs):
                text = f"its message would write the secret {secret!r} to the log; leave {{{path}}} out"
                yield draft.problem(text, step=name)


def _secrets_before(draft: Draft, name: str) -> list[str]:
    """The paths in the state at which secrets may stand when a step starts."""
    found = [path for model in draft.payload_models.values() for path in secret_paths(model)]
    for writer in draft.graph.writers[name]:
        returned = draft.returned(writer)
        if returned is UNKNOWN:
            continue
        key = draft.steps[writer].output
        paths = secret_paths(returned)
        found += [".".join(part for part in (key, path) if part) for path in paths]
    return sorted(set(found))
