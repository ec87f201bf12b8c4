"""Rules about parameters: the state can supply each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from squid_mesh.definitions.compiler.draft import Draft
from squid_mesh.definitions.compiler.keys import find_payload_keys, find_supplied_keys, find_written_keys
from squid_mesh.definitions.problems import Problem, did_you_mean, join_quoted
from squid_mesh.definitions.values.signature import Signature


def check_step_parameters(draft: Draft) -> Iterator[Problem]:
    """The payload, an earlier step or a default supplies each parameter of a step."""
    for name, signature in _checkable(draft, draft.signatures):
        if not draft.steps[name].is_builtin:
            for text in _find_unsupplied(draft, name, signature):
                yield draft.problem(f"its parameter {text}", step=name)


def check_guard_parameters(draft: Draft) -> Iterator[Problem]:
    """The same holds for the parameters of ``when=``."""
    for name, signature in _checkable(draft, draft.guards):
        for text in _find_unsupplied(draft, name, signature):
            yield draft.problem(f"its guard's parameter {text}", step=name)


def check_assignee_parameters(draft: Draft) -> Iterator[Problem]:
    """The same holds for the parameters of ``assignee=``."""
    for name, signature in _checkable(draft, draft.assignees):
        for text in _find_unsupplied(draft, name, signature):
            yield draft.problem(f"its assignee's parameter {text}", step=name)


def _checkable(draft: Draft, signatures: Mapping[str, Signature]) -> Iterator[tuple[str, Signature]]:
    """Yield the signatures. A graph with cycles is not checked."""
    if draft.graph.acyclic:
        yield from signatures.items()


def _find_unsupplied(draft: Draft, name: str, signature: Signature) -> Iterator[str]:
    written: Any = draft.steps[name].input
    paths: Mapping[str, Any] = written if isinstance(written, Mapping) else {}
    for parameter in signature.parameters.values():
        path = paths.get(parameter.name, parameter.name)
        if not isinstance(path, str) or (parameter.has_default and parameter.name not in paths):
            continue
        error = find_missing_key(draft, name, path.split(".")[0])
        if error:
            mapped = f", mapped to {path!r}," if parameter.name in paths else ""
            yield f"{parameter.name!r}{mapped} has no value: {error}"


def find_missing_key(draft: Draft, name: str, key: str) -> str | None:
    """Return why a key is missing from the state when a step starts, or None if it may be there."""
    supplied = find_supplied_keys(draft, name)
    payloads = {trigger: find_payload_keys(model) for trigger, model in draft.payload_models.items()}
    without = [trigger for trigger, keys in payloads.items() if keys is not None and key not in keys]
    if supplied is None or key in supplied or not without:
        return None
    if len(without) < len(payloads):
        return f"the payload of trigger {join_quoted(without)} has no field {key!r}; add it, or a default"
    writers = [
        other for other in draft.steps if other != name and key in (find_written_keys(draft, other) or ())
    ]
    if writers:
        writer = join_quoted(writers)
        return f"step {writer} writes {key!r}, but runs after or beside this step; put it earlier in the flow"
    known = supplied.union(*(keys or () for keys in payloads.values()))
    hint = did_you_mean(key, known)
    known_text = join_quoted(sorted(known))
    text = f"no payload field and no earlier step is named {key!r}{hint}; the state has {known_text}"
    return f"{text}; add it to the payload, name another key with input=, or give the parameter a default"
